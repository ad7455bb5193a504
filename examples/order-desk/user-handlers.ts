import type { Sessions } from "@gatewright/runtime/abi/sessions";
import { newUser } from "./create-user-list.js";
import type { UserList } from "./create-user-list.js";
import type { HandlersOf } from "./handlers-of.js";
import { readInput } from "./read-input.js";

export function userHandlers(users: UserList, sessions: Sessions): HandlersOf<"/users"> {
  return {
    "GET /users": (_request, response) => {
      response.json({ users: users.list() });
    },
    "POST /users": (request, response) => {
      const user = users.add(readInput(newUser, request.body));
      response.status(201).location(`/users/${user.id}`).json(user);
    },
    "GET /users/:userId": (_request, response, { params }) => {
      response.json(users.find(params.userId));
    },
    "DELETE /users/:userId": async (_request, response, { params }) => {
      const user = users.disable(params.userId);
      // A refresh would find out as well; an access token would not, until it ends.
      await sessions.endAll(user.id, "account-disabled");
      response.json(user);
    },
  };
}
