import { createRoute, z } from "@hono/zod-openapi";
import {
  conversationCountsQuery,
  conversationListQuery,
  correctionBody,
  exportQuery,
  messageListQuery,
  operatorMessageBody,
  takeOverBody,
} from "../../protocol/requests.ts";
import {
  conversationCountsSchema,
  conversationSchema,
  correctionSchema,
  inboxConversationSchema,
  messageSchema,
  pageOf,
  routingTraceSchema,
} from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { conversationNotFound } from "../errors.ts";
import { isUuid } from "../lib/ids.ts";
import { closeConversation } from "../services/conversations/close-conversation.ts";
import { countConversations } from "../services/conversations/count-conversations.ts";
import { exportConversation } from "../services/conversations/export-conversation.ts";
import { getConversation } from "../services/conversations/get-conversation.ts";
import { handBack } from "../services/conversations/hand-back.ts";
import { listConversations } from "../services/conversations/list-conversations.ts";
import { takeOver } from "../services/conversations/take-over.ts";
import { toTranscript } from "../services/conversations/to-transcript.ts";
import { listMessages } from "../services/messages/list-messages.ts";
import { correctRouting } from "../services/messages/correct-routing.ts";
import { messageNotFound } from "../services/messages/get-message.ts";
import { uncorrectRouting } from "../services/messages/uncorrect-routing.ts";
import { postOperatorMessage } from "../services/messages/post-operator-message.ts";
import { idParam, jsonAnswer, jsonBody } from "./json.ts";
import { contextOf, createRouter, errorResponses, forCallers, type Router } from "./router.ts";

const tracedMessageSchema = messageSchema.extend({
  trace: routingTraceSchema.nullable(),
  correction: correctionSchema.nullable(),
});
const messagePath = z.object({ id: z.string(), message_id: z.string() });

/** `/conversations`: the inbox of a company. */
export function conversationRoutes(deps: Deps): Router {
  const router = createRouter();
  const reads = { tags: ["conversations"], ...forCallers(deps, "read") };
  const writes = { tags: ["conversations"], ...forCallers(deps, "conversations:write") };
  const conversationAnswer = {
    200: jsonAnswer("The conversation as it is now.", conversationSchema),
    ...errorResponses(401, 404),
  };

  router.openapi(
    createRoute({
      ...reads,
      operationId: "listConversations",
      summary: "Conversations, newest activity first",
      method: "get",
      path: "/conversations",
      request: { query: conversationListQuery },
      responses: { 200: jsonAnswer("One page of conversations.", pageOf(inboxConversationSchema)), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await listConversations(contextOf(c, deps), c.req.valid("query")), 200),
  );
  // Before those with an id, which would take it for one.
  router.openapi(
    createRoute({
      ...reads,
      operationId: "countConversations",
      summary: "How many are open, need a person and are your own; each counted up to 100",
      method: "get",
      path: "/conversations/counts",
      request: { query: conversationCountsQuery },
      responses: { 200: jsonAnswer("The counts.", conversationCountsSchema), ...errorResponses(400, 401) },
    }),
    async (c) => c.json(await countConversations(contextOf(c, deps), c.req.valid("query")), 200),
  );
  router.openapi(
    createRoute({
      ...reads,
      operationId: "getConversation",
      summary: "Read a conversation",
      method: "get",
      path: "/conversations/{id}",
      request: { params: idParam },
      responses: { 200: jsonAnswer("The conversation.", inboxConversationSchema), ...errorResponses(401, 404) },
    }),
    async (c) => c.json(await getConversation(contextOf(c, deps), conversationOf(c.req.valid("param"))), 200),
  );
  router.openapi(
    createRoute({
      ...reads,
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
      ...writes,
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
  router.openapi(
    createRoute({
      ...writes,
      operationId: "takeOver",
      summary: "Answer in the assistant's place; `from` refuses when somebody else has it than the caller believes",
      method: "post",
      path: "/conversations/{id}/take-over",
      request: { params: idParam, body: { ...jsonBody(takeOverBody), required: false } },
      responses: { ...conversationAnswer, ...errorResponses(400, 409) },
    }),
    async (c) => {
      // No body is as good as an empty one.
      const { from } = (c.req.valid("json") ?? {}) as z.output<typeof takeOverBody>;
      const input = { ...conversationOf(c.req.valid("param")), from, shown: deps.hub.shownText };
      return c.json(await takeOver(contextOf(c, deps), input), 200);
    },
  );
  const actions = [
    { name: "hand-back", operationId: "handBack", summary: "Let the assistant answer again", verb: handBack },
    { name: "close", operationId: "closeConversation", summary: "End the conversation", verb: closeConversation },
  ] as const;
  for (const { name, operationId, summary, verb } of actions) {
    router.openapi(
      createRoute({
        ...writes,
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
  router.openapi(
    createRoute({
      ...reads,
      operationId: "exportConversation",
      summary: "All of a conversation as a file: JSON with traces and notes, or a transcript",
      method: "get",
      path: "/conversations/{id}/export",
      request: { params: idParam, query: exportQuery },
      responses: { 200: { description: "The file." }, ...errorResponses(400, 401, 404) },
    }),
    async (c) => {
      const place = conversationOf(c.req.valid("param"));
      const whole = await exportConversation(contextOf(c, deps), place);
      const { format } = c.req.valid("query");
      c.header("Content-Disposition", `attachment; filename="conversation-${place.conversation_id}.${format}"`);
      c.header("Content-Type", format === "txt" ? "text/plain; charset=utf-8" : "application/json");
      return c.body(format === "txt" ? toTranscript(whole) : JSON.stringify(whole, null, 2), 200);
    },
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "correctRouting",
      summary: "Say who should have answered; kept as an example with its label",
      method: "put",
      path: "/conversations/{id}/messages/{message_id}/correction",
      request: { params: messagePath, body: jsonBody(correctionBody) },
      responses: { 200: jsonAnswer("The correction.", correctionSchema), ...errorResponses(400, 401, 404, 413) },
    }),
    async (c) =>
      c.json(await correctRouting(contextOf(c, deps), { ...c.req.valid("json"), ...replyOf(c.req.valid("param")) }), 200),
  );
  router.openapi(
    createRoute({
      ...writes,
      operationId: "uncorrectRouting",
      summary: "Take the correction back",
      method: "delete",
      path: "/conversations/{id}/messages/{message_id}/correction",
      request: { params: messagePath },
      responses: { 204: { description: "There is none any more." }, ...errorResponses(401, 404) },
    }),
    async (c) => {
      await uncorrectRouting(contextOf(c, deps), replyOf(c.req.valid("param")));
      return c.body(null, 204);
    },
  );
  return router;
}

function replyOf({ id, message_id }: z.output<typeof messagePath>): { conversation_id: string; message_id: string } {
  if (!isUuid(message_id)) throw messageNotFound();
  return { ...conversationOf({ id }), message_id: message_id.toLowerCase() };
}
/** A malformed id answers like an unknown one. */
export function conversationOf({ id }: z.output<typeof idParam>): { conversation_id: string } {
  if (!isUuid(id)) throw conversationNotFound();
  return { conversation_id: id.toLowerCase() };
}
