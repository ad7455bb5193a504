import { newUser } from "./create-user-list.js";
import type { UserList } from "./create-user-list.js";
import type { HandlersOf } from "./handlers-of.js";
import { readInput } from "./read-input.js";

export function userHandlers(users: UserList): HandlersOf<"/users"> {
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
    "DELETE /users/:userId": (_request, response, { params }) => {
      response.json(users.disable(params.userId));
    },
  };
}
