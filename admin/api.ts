import type { z } from "zod";
import type {
  agentUpdateBody,
  apiKeyCreateBody,
  clientBody,
  sandboxBody,
  subAgentCreateBody,
  subAgentUpdateBody,
  userCreateBody,
  userUpdateBody,
  webhookCreateBody,
  webhookUpdateBody,
  wizardStepBodies,
} from "../protocol/requests.ts";
import type {
  Agent,
  AgentIdentity,
  AgentInstall,
  AgentUsage,
  AgentListItem,
  ApiKey,
  AuditEntry,
  CannedReply,
  Client,
  Conversation,
  ConversationCounts,
  Correction,
  InboxConversation,
  Message,
  NewApiKey,
  NewWebhook,
  Note,
  Overview,
  Page,
  PublishResult,
  RoutingExample,
  RoutingTrace,
  SubAgent,
  User,
  Webhook,
  WebhookDelivery,
  wizardStateSchema,
} from "../protocol/resources.ts";
import { query, requestBlob, requestJson } from "./request.ts";

/** One function per endpoint. All throw ApiError. */

export type Account = Pick<User, "id" | "email" | "role" | "client_id">;
export type WizardState = z.infer<typeof wizardStateSchema>;
export type WizardStepNumber = 1 | 2 | 3 | 4;
export type WizardStepBody<N extends WizardStepNumber> = z.input<(typeof wizardStepBodies)[N]>;
export type AgentChanges = z.input<typeof agentUpdateBody>;
export type NewSubAgent = z.input<typeof subAgentCreateBody>;
export type SubAgentChanges = z.input<typeof subAgentUpdateBody>;
export type NewUser = z.input<typeof userCreateBody>;
export type UserChanges = z.input<typeof userUpdateBody>;
export type ApiKeyBody = z.input<typeof apiKeyCreateBody>;
export type WebhookBody = z.input<typeof webhookCreateBody>;
export type WebhookChanges = z.input<typeof webhookUpdateBody>;
export type ClientBody = z.input<typeof clientBody>;
export type SandboxTurn = NonNullable<z.input<typeof sandboxBody>["history"]>[number];

export interface AuthConfig {
  provider: "embedded" | "supabase";
  url: string;
  anon_key: string | null;
}
export const getAuthConfig = () => requestJson<AuthConfig>("/auth/config");
export const getMe = () => requestJson<{ user: Account }>("/me");

export const AGENT_SORTS = ["created", "name", "last_activity", "visits"] as const;
export type AgentSort = (typeof AGENT_SORTS)[number];
export const listAgents = (
  filter: { status?: string | null; q?: string; sort?: AgentSort | null; cursor?: string | null; limit?: number },
  signal?: AbortSignal,
) => requestJson<Page<AgentListItem>>(`/agents${query(filter)}`, { signal });
export const getAgent = (id: string) => requestJson<Agent>(`/agents/${id}`);
export const updateAgent = (id: string, body: AgentChanges) => requestJson<Agent>(`/agents/${id}`, { method: "PATCH", body });
/** `data`: a PNG, JPEG or WebP picture in base64. */
export const setPicture = (id: string, data: string) =>
  requestJson<Agent>(`/agents/${id}/picture`, { method: "PUT", body: { data } });
export const deleteAgent = (id: string) => requestJson<void>(`/agents/${id}`, { method: "DELETE" });
export const publishAgent = (id: string) => requestJson<PublishResult>(`/agents/${id}/publish`, { method: "POST" });
export const unpublishAgent = (id: string) => requestJson<Agent>(`/agents/${id}/unpublish`, { method: "POST" });
export const duplicateAgent = (id: string, name: string) =>
  requestJson<Agent>(`/agents/${id}/duplicate`, { method: "POST", body: { name } });
export const listInstalls = (id: string) => requestJson<Page<AgentInstall>>(`/agents/${id}/installs?limit=100`);
export const getUsage = (id: string) => requestJson<AgentUsage>(`/agents/${id}/usage`);
export const listRoutingExamples = (id: string) =>
  requestJson<Page<RoutingExample>>(`/agents/${id}/routing-examples${query({ limit: 50 })}`);
export const getIdentity = (id: string) => requestJson<AgentIdentity>(`/agents/${id}/identity`);
export const rotateIdentity = (id: string) => requestJson<AgentIdentity>(`/agents/${id}/identity/rotate`, { method: "POST" });
export const getQrSvg = (id: string) => requestBlob(`/agents/${id}/qr.svg`);
/** `size`: pixels. */
export const getQrPng = (id: string, size: number) => requestBlob(`/agents/${id}/qr.png${query({ size })}`);

export const startWizard = (body: { name?: string }) =>
  requestJson<{ wizard_id: string; agent: Agent }>("/agents/wizard/start", { method: "POST", body });
export const getWizard = (id: string) => requestJson<WizardState>(`/agents/wizard/${id}`);
export const putWizardStep = <N extends WizardStepNumber>(id: string, step: N, body: WizardStepBody<N>) =>
  requestJson<{ wizard_id: string; step: number; agent: Agent }>(`/agents/wizard/${id}/step/${step}`, {
    method: "PUT",
    body,
  });
export const askSandbox = (id: string, message: string, history: SandboxTurn[]) =>
  requestJson<{ reply: string; trace: RoutingTrace }>(`/agents/wizard/${id}/sandbox`, {
    method: "POST",
    body: { message, history },
  });
export const publishWizard = (id: string) => requestJson<PublishResult>(`/agents/wizard/${id}/publish`, { method: "POST" });

export const listSubAgents = (agentId: string, cursor?: string | null) =>
  requestJson<Page<SubAgent>>(`/agents/${agentId}/sub-agents${query({ limit: 100, cursor })}`);
export const createSubAgent = (agentId: string, body: NewSubAgent) =>
  requestJson<SubAgent>(`/agents/${agentId}/sub-agents`, { method: "POST", body });
export const updateSubAgent = (agentId: string, id: string, body: SubAgentChanges) =>
  requestJson<SubAgent>(`/agents/${agentId}/sub-agents/${id}`, { method: "PATCH", body });
export const deleteSubAgent = (agentId: string, id: string) =>
  requestJson<void>(`/agents/${agentId}/sub-agents/${id}`, { method: "DELETE" });
export const testRoute = async (agentId: string, message: string): Promise<RoutingTrace> => {
  const answer = await requestJson<RoutingTrace | { trace: RoutingTrace }>(`/agents/${agentId}/route`, {
    method: "POST",
    body: { message },
  });
  return "trace" in answer ? answer.trace : answer;
};

export type TracedMessage = Message & { trace: RoutingTrace | null; correction: Correction | null };

export const listConversations = (filter: {
  status?: string | null;
  owner?: "me" | null;
  waiting?: "true" | null;
  agent_id?: string;
  q?: string;
  has_messages?: "true";
  cursor?: string | null;
  limit?: number;
}) => requestJson<Page<InboxConversation>>(`/conversations${query(filter)}`);
export const countConversations = (agentId: string) =>
  requestJson<ConversationCounts>(`/conversations/counts${query({ agent_id: agentId })}`);
export const getConversation = (id: string) => requestJson<InboxConversation>(`/conversations/${id}`);
/** Without a position the newest. */
export const listMessages = (id: string, range: { after_seq?: number; before_seq?: number; limit?: number }) =>
  requestJson<Page<TracedMessage>>(`/conversations/${id}/messages${query(range)}`);
export const sendMessage = (id: string, content: string, clientMessageId: string) =>
  requestJson<Message>(`/conversations/${id}/messages`, {
    method: "POST",
    body: { content, client_message_id: clientMessageId },
  });
/** `from`: the operator who has it now, null being the assistant. CONVERSATION_TAKEN when that is not so any more. */
export const takeOver = (id: string, from: string | null) =>
  requestJson<Conversation>(`/conversations/${id}/take-over`, { method: "POST", body: { from } });
export const handBack = (id: string) => requestJson<Conversation>(`/conversations/${id}/hand-back`, { method: "POST" });
export const closeConversation = (id: string) => requestJson<Conversation>(`/conversations/${id}/close`, { method: "POST" });
export const exportConversation = (id: string, format: "txt" | "json") =>
  requestBlob(`/conversations/${id}/export${query({ format })}`);
export const exportVisitor = (id: string) => requestBlob(`/visitors/${id}/export`);
export const eraseVisitor = (id: string) => requestJson<void>(`/visitors/${id}`, { method: "DELETE" });
/** undefined takes it back. */
export async function putCorrection(
  id: string,
  messageId: string,
  subAgentId: string | null | undefined,
): Promise<Correction | null> {
  const path = `/conversations/${id}/messages/${messageId}/correction`;
  if (subAgentId !== undefined) return requestJson<Correction>(path, { method: "PUT", body: { sub_agent_id: subAgentId } });
  await requestJson<void>(path, { method: "DELETE" });
  return null;
}

export type OverviewPeriod = "24h" | "7d" | "30d";
export const getOverview = (period: OverviewPeriod, agentId: string, signal?: AbortSignal) =>
  requestJson<Overview>(`/overview${query({ period, agent_id: agentId })}`, { signal });

export const listNotes = (id: string) => requestJson<Page<Note>>(`/conversations/${id}/notes${query({ limit: 100 })}`);
export const createNote = (id: string, content: string) =>
  requestJson<Note>(`/conversations/${id}/notes`, { method: "POST", body: { content } });
export const deleteNote = (id: string, noteId: string) =>
  requestJson<void>(`/conversations/${id}/notes/${noteId}`, { method: "DELETE" });

export const listCannedReplies = () => requestJson<Page<CannedReply>>(`/canned-replies${query({ limit: 100 })}`);
export const createCannedReply = (body: { shortcut: string; content: string }) =>
  requestJson<CannedReply>("/canned-replies", { method: "POST", body });
export const updateCannedReply = (id: string, body: { shortcut: string; content: string }) =>
  requestJson<CannedReply>(`/canned-replies/${id}`, { method: "PATCH", body });
export const deleteCannedReply = (id: string) => requestJson<void>(`/canned-replies/${id}`, { method: "DELETE" });

export const listUsers = (filter: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
  requestJson<Page<User>>(`/users${query(filter)}`, { signal });
export const createUser = (body: NewUser) => requestJson<User>("/users", { method: "POST", body });
export const updateUser = (id: string, body: UserChanges) => requestJson<User>(`/users/${id}`, { method: "PATCH", body });
export const deleteUser = (id: string) => requestJson<void>(`/users/${id}`, { method: "DELETE" });

export const listApiKeys = (filter: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
  requestJson<Page<ApiKey>>(`/api-keys${query(filter)}`, { signal });
export const createApiKey = (body: ApiKeyBody) => requestJson<NewApiKey>("/api-keys", { method: "POST", body });
export const revokeApiKey = (id: string) => requestJson<void>(`/api-keys/${id}`, { method: "DELETE" });

export const listWebhooks = (filter: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
  requestJson<Page<Webhook>>(`/webhooks${query(filter)}`, { signal });
export const createWebhook = (body: WebhookBody) => requestJson<NewWebhook>("/webhooks", { method: "POST", body });
export const updateWebhook = (id: string, body: WebhookChanges) =>
  requestJson<Webhook>(`/webhooks/${id}`, { method: "PATCH", body });
export const deleteWebhook = (id: string) => requestJson<void>(`/webhooks/${id}`, { method: "DELETE" });
export const rotateWebhookSecret = (id: string) => requestJson<NewWebhook>(`/webhooks/${id}/rotate-secret`, { method: "POST" });
export const testWebhook = (id: string) => requestJson<WebhookDelivery>(`/webhooks/${id}/test`, { method: "POST" });
export const listDeliveries = (id: string, filter: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
  requestJson<Page<WebhookDelivery>>(`/webhooks/${id}/deliveries${query(filter)}`, { signal });
export const replayDelivery = (id: string, deliveryId: string) =>
  requestJson<WebhookDelivery>(`/webhooks/${id}/deliveries/${deliveryId}/replay`, { method: "POST" });
export const listChanges = (
  filter: { action?: string; object_id?: string; cursor?: string | null; limit?: number },
  signal?: AbortSignal,
) => requestJson<Page<AuditEntry>>(`/audit-log${query(filter)}`, { signal });

export const listClients = (filter: { cursor?: string | null; limit?: number }, signal?: AbortSignal) =>
  requestJson<Page<Client>>(`/clients${query(filter)}`, { signal });
export const createClient = (body: ClientBody) => requestJson<Client>("/clients", { method: "POST", body });
export const updateClient = (id: string, body: ClientBody) => requestJson<Client>(`/clients/${id}`, { method: "PATCH", body });
export const deleteClient = (id: string) => requestJson<void>(`/clients/${id}`, { method: "DELETE" });
