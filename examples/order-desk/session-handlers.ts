import type { Sessions } from "@gatewright/runtime/abi/sessions";
import { z } from "zod";
import type { AccountBook } from "./create-account-book.js";
import type { HandlersOf } from "./handlers-of.js";
import { pageHandlers } from "./page-handlers.js";
import { readInput } from "./read-input.js";
import { ServiceError } from "./service-error.js";

/** No longer than anybody types: the hash of a long text takes its time. */
const credentials = z.strictObject({
  email: z.string().min(1).max(254),
  password: z.string().min(1).max(200),
});

/** How a caller of the page proved who it is; the policy asks for more before a refund. */
const PASSWORD = { acr: "urn:order-desk:password", amr: ["pwd"] } as const;

export function sessionHandlers(
  sessions: Sessions,
  accounts: AccountBook,
): HandlersOf<"/login"> & HandlersOf<"/session"> & HandlersOf<"/sessions"> {
  return {
    ...pageHandlers(),
    "POST /login": async (request, response) => {
      const { email, password } = readInput(credentials, request.body);
      const id = await accounts.verify(email, password);
      if (id === null) throw new ServiceError(403, "wrong-login", "address or password is wrong");
      await sessions.login(request, response, { id, clientId: "order-desk-pages", ...PASSWORD });
    },
    "POST /session/refresh": (request, response) => sessions.refresh(request, response),
    "POST /session/logout": (request, response) => sessions.logout(request, response),
    "POST /session/logout-all": (request, response) => sessions.logoutAll(request, response),
    "GET /sessions": (request, response) => sessions.list(request, response),
    "DELETE /sessions/:sessionId": (request, response) => sessions.kill(request, response),
  };
}
