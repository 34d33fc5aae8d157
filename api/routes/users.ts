import { createRoute } from "@hono/zod-openapi";
import { listQuery, userCreateBody, userUpdateBody } from "../../protocol/requests.ts";
import { pageOf, userSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { createUser } from "../services/users/create-user.ts";
import { deleteUser } from "../services/users/delete-user.ts";
import { listUsers } from "../services/users/list-users.ts";
import { updateUser } from "../services/users/update-user.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forPeople, requireAdmin, type Router } from "./router.ts";

/** `/users`: the people who sign in, managed by administrators. */
export function userRoutes(deps: Deps): Router {
  const router = createRouter();
  const forAdmins = { tags: ["users"], ...forPeople(deps, requireAdmin) };

  router.openapi(
    createRoute({
      ...forAdmins,
      operationId: "listUsers",
      summary: "People, newest first",
      method: "get",
      path: "/users",
      request: { query: listQuery },
      responses: { 200: jsonAnswer("One page of people.", pageOf(userSchema)), ...errorResponses(400, 401, 403) },
    }),
    async (c) => c.json(await listUsers(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...forAdmins,
      operationId: "createUser",
      summary: "Create a person with a password; with Supabase, mail an invitation",
      method: "post",
      path: "/users",
      request: { body: jsonBody(userCreateBody) },
      responses: { 201: jsonAnswer("The new person.", userSchema), ...errorResponses(400, 401, 403, 413, 429) },
    }),
    async (c) => c.json(await createUser(contextOf(c, deps), c.req.valid("json")), 201),
  );
  router.openapi(
    createRoute({
      ...forAdmins,
      operationId: "updateUser",
      summary: "Change role, company, name, e-mail address or password",
      method: "patch",
      path: "/users/{id}",
      request: { params: idParam, body: jsonBody(userUpdateBody) },
      responses: { 200: jsonAnswer("The person as they are now.", userSchema), ...errorResponses(400, 401, 403, 404, 413) },
    }),
    async (c) => c.json(await updateUser(contextOf(c, deps), { ...c.req.valid("json"), ...c.req.valid("param") }), 200),
  );
  router.openapi(
    createRoute({
      ...forAdmins,
      operationId: "deleteUser",
      summary: "Delete a person; their sign-ins end at once",
      method: "delete",
      path: "/users/{id}",
      request: { params: idParam },
      responses: { 204: { description: "Deleted." }, ...errorResponses(401, 403, 404) },
    }),
    async (c) => {
      await deleteUser(contextOf(c, deps), c.req.valid("param"));
      return c.body(null, 204);
    },
  );
  return router;
}
