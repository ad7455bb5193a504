import express5 from "express";
import express4 from "express4";
import { createConnectApp } from "./create-connect-app.js";
import { createExpressApp } from "./create-express-app.js";
import type { ExpressFactory } from "./create-express-app.js";
import { createPlainApp } from "./create-plain-app.js";
import { pathReadings } from "./dispatch.js";
import type { PathReading } from "./dispatch.js";
import type { HostApp, HostName, HostSettings } from "./host-app.js";

/** An empty application of a host. */
export function createHostApp(name: HostName, settings: HostSettings): HostApp {
  switch (name) {
    case "express4":
      return createExpressApp({ factory: untyped(express4), version: 4 }, settings);
    case "express5":
      return createExpressApp({ factory: untyped(express5), version: 5 }, settings);
    case "connect":
      return createConnectApp(settings, readingOf(settings));
    case "node":
      return createPlainApp(settings, readingOf(settings));
  }
}

/** How the dispatchers of an application read the path, on hosts that have no router. */
export function readingOf(settings: HostSettings): PathReading {
  return pathReadings[settings.style % pathReadings.length] as PathReading;
}

/** The two versions' types differ in what is not used here. */
function untyped(factory: unknown): ExpressFactory {
  return factory as ExpressFactory;
}
