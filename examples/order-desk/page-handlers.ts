import { existsSync, readFileSync } from "node:fs";
import type { Response } from "express";
import type { HandlersOf } from "./handlers-of.js";

/** Beside the sources; `build/` mirrors their folders and holds what was compiled alone. */
const folders = ["pages/", "../../../examples/order-desk/pages/"];

/** Of the page: its own script and its own service, and nobody's frame. */
const headers = {
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    "object-src 'none'; require-trusted-types-for 'script'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
} as const;

/** The login page and its script: two files, read once. */
export function pageHandlers(): Pick<HandlersOf<"/login">, "GET /login" | "GET /login/page.js"> {
  const page = readPage("login.html");
  const script = readPage("page.js");
  return {
    "GET /login": (_request, response) => send(response, "html", page),
    "GET /login/page.js": (_request, response) => send(response, "js", script),
  };
}

function send(response: Response, type: string, text: string): void {
  response.set(headers).type(type).send(text);
}

function readPage(name: string): string {
  const places = folders.map((folder) => new URL(folder + name, import.meta.url));
  const place = places.find((each) => existsSync(each));
  if (place === undefined) throw new Error(`the file ${name} of the login page is missing`);
  return readFileSync(place, "utf8");
}
