import { createRoute, type z } from "@hono/zod-openapi";
import { conversationListQuery, messageListQuery, operatorMessageBody } from "../../protocol/requests.ts";
import { conversationSchema, messageSchema, pageOf, routingTraceSchema } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { conversationNotFound } from "../errors.ts";
import { isUuid } from "../lib/ids.ts";
import { closeConversation } from "../services/conversations/close-conversation.ts";
import { getConversation } from "../services/conversations/get-conversation.ts";
import { handBack } from "../services/conversations/hand-back.ts";
import { listConversations } from "../services/conversations/list-conversations.ts";
import { takeOver } from "../services/conversations/take-over.ts";
import { listMessages } from "../services/messages/list-messages.ts";
import { postOperatorMessage } from "../services/messages/post-operator-message.ts";
import { BEARER, idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, requireUser, type Router } from "./router.ts";

const tracedMessageSchema = messageSchema.extend({ trace: routingTraceSchema.nullable() });

/** `/conversations`: the inbox of a company. */
export function conversationRoutes(deps: Deps): Router {
  const router = createRouter();
  const common = { tags: ["conversations"], security: BEARER, middleware: [requireUser(deps)] };
  const conversationAnswer = {
    200: jsonAnswer("The conversation as it is now.", conversationSchema),
    ...errorResponses(401, 404),
  };

  router.openapi(
    createRoute({
      ...common,
      operationId: "listConversations",
      summary: "Conversations, newest activity first",
      method: "get",
      path: "/conversations",
      request: { query: conversationListQuery },
      responses: { 200: jsonAnswer("One page of conversations.", pageOf(conversationSchema)), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await listConversations(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "getConversation",
      summary: "Read a conversation",
      method: "get",
      path: "/conversations/{id}",
      request: { params: idParam },
      responses: conversationAnswer,
    }),
    async (c) => c.json(await getConversation(contextOf(c, deps), conversationOf(c.req.valid("param"))), 200),
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "listMessages",
      summary: "Messages in their order, each reply with its routing trace; without a position the newest",
      method: "get",
      path: "/conversations/{id}/messages",
      request: { params: idParam, query: messageListQuery },
      responses: { 200: jsonAnswer("One page of messages.", pageOf(tracedMessageSchema)), ...errorResponses(400, 401, 404) },
    }),
    async (c) =>
      c.json(await listMessages(contextOf(c, deps), { ...c.req.valid("query"), ...conversationOf(c.req.valid("param")) }), 200),
  );
  router.openapi(
    createRoute({
      ...common,
      operationId: "postOperatorMessage",
      summary: "Write to the visitor; takes the conversation over from the assistant",
      method: "post",
      path: "/conversations/{id}/messages",
      request: { params: idParam, body: jsonBody(operatorMessageBody) },
      responses: {
        200: jsonAnswer("The message that this client_message_id made before.", messageSchema),
        201: jsonAnswer("The new message.", messageSchema),
        ...errorResponses(400, 401, 404, 409, 413),
      },
    }),
    async (c) => {
      const input = { ...c.req.valid("json"), ...conversationOf(c.req.valid("param")), shown: deps.hub.shownText };
      const { message, duplicate } = await postOperatorMessage(contextOf(c, deps), input);
      return duplicate ? c.json(message, 200) : c.json(message, 201);
    },
  );
  const actions = [
    { name: "take-over", operationId: "takeOver", summary: "Answer in the assistant's place", verb: takeOver },
    { name: "hand-back", operationId: "handBack", summary: "Let the assistant answer again", verb: handBack },
    { name: "close", operationId: "closeConversation", summary: "End the conversation", verb: closeConversation },
  ] as const;
  for (const { name, operationId, summary, verb } of actions) {
    router.openapi(
      createRoute({
        ...common,
        operationId,
        summary,
        method: "post",
        path: `/conversations/{id}/${name}`,
        request: { params: idParam },
        responses: { ...conversationAnswer, ...errorResponses(409) },
      }),
      async (c) =>
        c.json(await verb(contextOf(c, deps), { ...conversationOf(c.req.valid("param")), shown: deps.hub.shownText }), 200),
    );
  }
  return router;
}

/** A malformed id answers like an unknown one. */
function conversationOf({ id }: z.output<typeof idParam>): { conversation_id: string } {
  if (!isUuid(id)) throw conversationNotFound();
  return { conversation_id: id.toLowerCase() };
}
