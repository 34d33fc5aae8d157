-- What all migrations together make; written by `npm run generate`, compared by a test. To read, not to run.

create table public.agent_installs (
  agent_id uuid not null,
  client_id uuid not null,
  origin text not null,
  widget_version text,
  first_seen_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  sessions integer not null default 1,
  constraint agent_installs_pkey PRIMARY KEY (agent_id, origin),
  constraint agent_installs_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint agent_installs_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint agent_installs_origin_check CHECK ((length(origin) <= 300))
);
CREATE INDEX idx_agent_installs_client_id ON public.agent_installs USING btree (client_id);
create policy "Admins have full access to agent_installs" on public.agent_installs for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to agent_installs" on public.agent_installs for all to service_role
  using true
  with check true;
create policy "Users can view agent_installs of their client" on public.agent_installs for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant select on public.agent_installs to authenticated;
grant delete, insert, select, update on public.agent_installs to service_role;

create table public.agent_secrets (
  agent_id uuid not null,
  client_id uuid not null,
  identity_secret text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint agent_secrets_pkey PRIMARY KEY (agent_id),
  constraint agent_secrets_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint agent_secrets_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE
);
CREATE INDEX idx_agent_secrets_client_id ON public.agent_secrets USING btree (client_id);
CREATE TRIGGER update_agent_secrets_updated_at BEFORE UPDATE ON public.agent_secrets FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to agent_secrets" on public.agent_secrets for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to agent_secrets" on public.agent_secrets for all to service_role
  using true
  with check true;
create policy "Users can change secrets of their agents" on public.agent_secrets for update to authenticated
  using (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))))
  with check (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
create policy "Users can create secrets of their agents" on public.agent_secrets for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
create policy "Users can view secrets of their agents" on public.agent_secrets for select to authenticated
  using (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
grant insert (agent_id, client_id, identity_secret), select, update (identity_secret, created_at) on public.agent_secrets to authenticated;
grant delete, insert, select, update on public.agent_secrets to service_role;

create table public.agents (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  name text not null,
  description text,
  slug text not null,
  model text not null default 'gpt-4o-mini'::text,
  system_prompt text not null,
  channel text not null default 'whatsapp'::text,
  template_type text,
  status text not null default 'draft'::text,
  is_public boolean not null default false,
  public_url text,
  config jsonb not null default '{}'::jsonb,
  access_count integer not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint agents_pkey PRIMARY KEY (id),
  constraint agents_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint agents_slug_key UNIQUE (slug),
  constraint agents_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text])))
);
CREATE INDEX idx_agents_client_id ON public.agents USING btree (client_id);
CREATE INDEX idx_agents_is_public ON public.agents USING btree (is_public);
CREATE INDEX idx_agents_slug ON public.agents USING btree (slug);
CREATE INDEX idx_agents_status ON public.agents USING btree (status);
CREATE TRIGGER keep_agent_limits BEFORE INSERT OR UPDATE OF config ON public.agents FOR EACH ROW EXECUTE FUNCTION renus.keep_agent_limits();
CREATE TRIGGER tell_agent AFTER UPDATE OF status ON public.agents FOR EACH ROW WHEN (((old.status <> new.status) AND (('active'::text = old.status) OR ('active'::text = new.status)))) EXECUTE FUNCTION renus.tell_agent();
CREATE TRIGGER update_agents_updated_at BEFORE UPDATE ON public.agents FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to agents" on public.agents for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Clients can change own agents" on public.agents for update to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Clients can create own agents" on public.agents for insert to authenticated
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Clients can delete own agents" on public.agents for delete to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Clients can view own agents" on public.agents for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Service has full access to agents" on public.agents for all to service_role
  using true
  with check true;
grant delete, insert, select, update on public.agents to authenticated;
grant delete, insert, select, update on public.agents to service_role;

create table public.api_keys (
  id uuid not null default gen_random_uuid(),
  client_id uuid,
  name text not null,
  prefix text not null,
  key_hash text not null,
  scopes text[] not null,
  created_by uuid,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint api_keys_key_hash_key UNIQUE (key_hash),
  constraint api_keys_scopes_check CHECK ((cardinality(scopes) > 0))
);
CREATE INDEX idx_api_keys_client_id ON public.api_keys USING btree (client_id);
create policy "Administrators in person have full access to api_keys" on public.api_keys for all to authenticated
  using ( SELECT (renus.is_admin() AND renus.is_person()))
  with check ( SELECT (renus.is_admin() AND renus.is_person()));
create policy "Service has full access to api_keys" on public.api_keys for all to service_role
  using true
  with check true;
grant delete, insert (client_id, name, prefix, key_hash, scopes, created_by, expires_at), select on public.api_keys to authenticated;
grant delete, insert, select, update on public.api_keys to service_role;

create table public.audit_log (
  id uuid not null default gen_random_uuid(),
  created_at timestamp with time zone not null default clock_timestamp(),
  actor_id uuid not null,
  actor_name text,
  action text not null,
  object_id uuid not null,
  object_name text,
  client_id uuid,
  fields text[] not null default '{}'::text[],
  constraint audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_audit_log_actor_id ON public.audit_log USING btree (actor_id, created_at DESC, id DESC);
CREATE INDEX idx_audit_log_created_at ON public.audit_log USING btree (created_at DESC, id DESC);
CREATE INDEX idx_audit_log_object_id ON public.audit_log USING btree (object_id, created_at DESC, id DESC);
create policy "Admins can view audit_log" on public.audit_log for select to authenticated
  using ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to audit_log" on public.audit_log for all to service_role
  using true
  with check true;
grant select on public.audit_log to authenticated;
grant delete, select on public.audit_log to service_role;

create table public.canned_replies (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  shortcut text not null,
  content text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint canned_replies_pkey PRIMARY KEY (id),
  constraint canned_replies_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint canned_replies_shortcut_key UNIQUE (client_id, shortcut)
);
CREATE TRIGGER update_canned_replies_updated_at BEFORE UPDATE ON public.canned_replies FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to canned_replies" on public.canned_replies for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to canned_replies" on public.canned_replies for all to service_role
  using true
  with check true;
create policy "Users can keep canned replies of their client" on public.canned_replies for all to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant delete, insert, select, update (shortcut, content) on public.canned_replies to authenticated;
grant delete, insert, select, update on public.canned_replies to service_role;

create table public.clients (
  id uuid not null default gen_random_uuid(),
  name text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint clients_pkey PRIMARY KEY (id)
);
CREATE TRIGGER await_figures AFTER INSERT ON public.clients FOR EACH ROW EXECUTE FUNCTION renus.await_figures();
CREATE TRIGGER update_clients_updated_at BEFORE UPDATE ON public.clients FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to clients" on public.clients for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to clients" on public.clients for all to service_role
  using true
  with check true;
create policy "Users can view their client" on public.clients for select to authenticated
  using (id = ( SELECT renus.user_client_id() AS user_client_id));
grant delete, insert, select, update on public.clients to authenticated;
grant delete, insert, select, update on public.clients to service_role;

create table public.conversation_notes (
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  client_id uuid not null,
  author_id uuid,
  author_name text,
  content text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint conversation_notes_pkey PRIMARY KEY (id),
  constraint conversation_notes_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint conversation_notes_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_notes_client_id ON public.conversation_notes USING btree (client_id);
CREATE INDEX idx_conversation_notes_conversation_id ON public.conversation_notes USING btree (conversation_id, created_at);
create policy "Admins have full access to conversation_notes" on public.conversation_notes for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to conversation_notes" on public.conversation_notes for all to service_role
  using true
  with check true;
create policy "Users can change their own notes" on public.conversation_notes for update to authenticated
  using ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (author_id = ( SELECT auth.uid() AS uid)))
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (author_id = ( SELECT auth.uid() AS uid)));
create policy "Users can delete their own notes" on public.conversation_notes for delete to authenticated
  using ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (author_id = ( SELECT auth.uid() AS uid)));
create policy "Users can view notes of their client" on public.conversation_notes for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Users can write notes as themselves" on public.conversation_notes for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (author_id = ( SELECT auth.uid() AS uid)) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
grant delete, insert, select, update (content, updated_at) on public.conversation_notes to authenticated;
grant delete, insert, select, update on public.conversation_notes to service_role;

create table public.conversations (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  sub_agent_id uuid,
  status text not null default 'open'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  agent_id uuid,
  visitor_id uuid,
  owner text not null default 'assistant'::text,
  owner_id uuid,
  owner_epoch integer not null default 0,
  last_seq integer not null default 0,
  last_rev integer not null default 0,
  last_message_preview text,
  last_message_at timestamp with time zone,
  source text,
  locale text,
  page_url text,
  meta jsonb not null default '{}'::jsonb,
  widget_version text,
  owner_name text,
  last_role text,
  is_failed boolean not null default false,
  waiting boolean not null default ((status = 'open'::text) AND COALESCE(
CASE
    WHEN (owner = 'operator'::text) THEN (last_role = 'visitor'::text)
    ELSE is_failed
END, false)),
  first_asked_at timestamp with time zone,
  first_answered_at timestamp with time zone,
  has_operator boolean not null default false,
  constraint conversations_pkey PRIMARY KEY (id),
  constraint conversations_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint conversations_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint conversations_owner_check CHECK ((owner = ANY (ARRAY['assistant'::text, 'operator'::text]))),
  constraint conversations_status_check CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text]))),
  constraint conversations_sub_agent_id_fkey FOREIGN KEY (sub_agent_id) REFERENCES sub_agents(id) ON DELETE SET NULL,
  constraint conversations_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES visitors(id) ON DELETE CASCADE
);
CREATE INDEX idx_conversations_activity ON public.conversations USING btree (client_id, COALESCE(last_message_at, created_at) DESC, id DESC);
CREATE INDEX idx_conversations_agent_id ON public.conversations USING btree (agent_id, last_message_at DESC);
CREATE INDEX idx_conversations_all_activity ON public.conversations USING btree (COALESCE(last_message_at, created_at) DESC, id DESC);
CREATE INDEX idx_conversations_client_id ON public.conversations USING btree (client_id, created_at);
CREATE INDEX idx_conversations_has_operator ON public.conversations USING btree (client_id, last_message_at) WHERE has_operator;
CREATE INDEX idx_conversations_owner_id ON public.conversations USING btree (owner_id, COALESCE(last_message_at, created_at) DESC, id DESC) WHERE (owner = 'operator'::text);
CREATE INDEX idx_conversations_sub_agent_id ON public.conversations USING btree (sub_agent_id);
CREATE INDEX idx_conversations_visitor_id ON public.conversations USING btree (visitor_id);
CREATE INDEX idx_conversations_waiting ON public.conversations USING btree (client_id, COALESCE(last_message_at, created_at) DESC, id DESC) WHERE waiting;
CREATE TRIGGER take_off_figures BEFORE DELETE ON public.conversations FOR EACH ROW EXECUTE FUNCTION renus.take_off_figures();
CREATE TRIGGER tell_conversation_changed AFTER UPDATE OF owner, status ON public.conversations FOR EACH ROW WHEN (((old.owner <> new.owner) OR (old.status <> new.status))) EXECUTE FUNCTION renus.tell_conversation();
CREATE TRIGGER tell_conversation_created AFTER INSERT ON public.conversations FOR EACH ROW EXECUTE FUNCTION renus.tell_conversation();
create policy "Admins have full access to conversations" on public.conversations for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to conversations" on public.conversations for all to service_role
  using true
  with check true;
create policy "Users can answer conversations of their client" on public.conversations for update to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Users can view conversations of their client" on public.conversations for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Visitors can move own conversations" on public.conversations for update to renus_visitor
  using (visitor_id = ANY (( SELECT renus.acting_visitors() AS acting_visitors)::uuid[]))
  with check (visitor_id = ANY (( SELECT renus.acting_visitors() AS acting_visitors)::uuid[]));
create policy "Visitors can view own conversations" on public.conversations for select to renus_visitor
  using (visitor_id = ANY (( SELECT renus.acting_visitors() AS acting_visitors)::uuid[]));
grant select, update (status, updated_at, owner, owner_id, owner_epoch, last_seq, last_rev, last_message_preview, last_message_at, owner_name, last_role, is_failed, first_asked_at, first_answered_at, has_operator) on public.conversations to authenticated;
grant select, update (updated_at, last_seq, last_rev, last_message_preview, last_message_at, last_role, is_failed, first_asked_at, first_answered_at, has_operator) on public.conversations to renus_visitor;
grant delete, insert, select, update on public.conversations to service_role;

create table public.hour_figures (
  client_id uuid not null,
  agent_id uuid,
  hour timestamp with time zone not null,
  topic text,
  model text,
  messages integer not null default 0,
  replies integer not null default 0,
  volume integer not null default 0,
  fallbacks integer not null default 0,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  thumbs_up integer not null default 0,
  thumbs_down integer not null default 0,
  constraint hour_figures_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE
);
CREATE INDEX idx_hour_figures_client_id ON public.hour_figures USING btree (client_id, hour);
create policy "Admins can view hour_figures" on public.hour_figures for select to authenticated
  using ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to hour_figures" on public.hour_figures for all to service_role
  using true
  with check true;
create policy "Users can view hour_figures of their client" on public.hour_figures for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant select on public.hour_figures to authenticated;
grant delete, insert, select, update on public.hour_figures to service_role;

create table public.hour_figures_until (
  client_id uuid not null,
  until timestamp with time zone,
  constraint hour_figures_until_pkey PRIMARY KEY (client_id),
  constraint hour_figures_until_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE
);
create policy "Admins can view hour_figures_until" on public.hour_figures_until for select to authenticated
  using ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to hour_figures_until" on public.hour_figures_until for all to service_role
  using true
  with check true;
create policy "Users can view hour_figures_until of their client" on public.hour_figures_until for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant select on public.hour_figures_until to authenticated;
grant delete, insert, select, update on public.hour_figures_until to service_role;

create table public.idempotency_keys (
  caller_id uuid not null,
  key_hash text not null,
  request_hash text not null,
  holder uuid not null,
  held_until timestamp with time zone not null,
  status integer,
  answer text,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (caller_id, key_hash)
);
CREATE INDEX idx_idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at);
create policy "Service has full access to idempotency_keys" on public.idempotency_keys for all to service_role
  using true
  with check true;
grant delete, insert, select, update on public.idempotency_keys to service_role;

create table public.message_traces (
  message_id uuid not null,
  client_id uuid not null,
  trace jsonb not null,
  created_at timestamp with time zone not null default now(),
  agent_id uuid,
  topic text default (trace ->> 'topic'::text),
  model text default (trace ->> 'model'::text),
  is_fallback boolean default COALESCE(((trace #>> '{chosen,kind}'::text[]) = 'agent'::text), false),
  prompt_tokens integer default ((trace #>> '{tokens,prompt}'::text[]))::integer,
  completion_tokens integer default ((trace #>> '{tokens,completion}'::text[]))::integer,
  constraint message_traces_pkey PRIMARY KEY (message_id),
  constraint message_traces_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint message_traces_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE
);
CREATE INDEX idx_message_traces_client_id ON public.message_traces USING btree (client_id, created_at) INCLUDE (agent_id, topic, model, is_fallback, prompt_tokens, completion_tokens);
CREATE TRIGGER correct_traces AFTER UPDATE ON public.message_traces FOR EACH ROW WHEN ((old.created_at < (now() - '01:00:00'::interval))) EXECUTE FUNCTION renus.correct_traces();
create policy "Admins have full access to message_traces" on public.message_traces for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to message_traces" on public.message_traces for all to service_role
  using true
  with check true;
create policy "Users can view message_traces of their client" on public.message_traces for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant select on public.message_traces to authenticated;
grant delete, insert, select, update on public.message_traces to service_role;

create table public.messages (
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  role text not null,
  content text not null,
  created_at timestamp with time zone not null default now(),
  client_id uuid not null,
  seq integer not null,
  rev integer not null,
  status text not null default 'complete'::text,
  sender_id uuid,
  sender_name text,
  attempt integer not null default 0,
  client_message_id uuid,
  reply_to uuid,
  error_code text,
  updated_at timestamp with time zone not null default now(),
  feedback text,
  constraint messages_pkey PRIMARY KEY (id),
  constraint messages_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint messages_client_message_id_key UNIQUE (conversation_id, client_message_id),
  constraint messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE,
  constraint messages_feedback_check CHECK ((feedback = ANY (ARRAY['up'::text, 'down'::text]))),
  constraint messages_rev_key UNIQUE (conversation_id, rev),
  constraint messages_role_check CHECK ((role = ANY (ARRAY['visitor'::text, 'assistant'::text, 'operator'::text, 'system'::text]))),
  constraint messages_seq_key UNIQUE (conversation_id, seq),
  constraint messages_status_check CHECK ((status = ANY (ARRAY['complete'::text, 'streaming'::text, 'cancelled'::text, 'failed'::text])))
);
CREATE INDEX idx_messages_client_id ON public.messages USING btree (client_id, created_at) INCLUDE (conversation_id, role, status);
CREATE INDEX idx_messages_feedback ON public.messages USING btree (client_id, created_at) WHERE (feedback IS NOT NULL);
CREATE INDEX idx_messages_search ON public.messages USING gin (to_tsvector('simple'::regconfig, content)) WHERE ((role <> 'system'::text) AND (status <> 'streaming'::text));
CREATE TRIGGER correct_replies AFTER UPDATE OF status, feedback ON public.messages FOR EACH ROW WHEN (((old.role = 'assistant'::text) AND (old.created_at < (now() - '01:00:00'::interval)) AND ((old.status IS DISTINCT FROM new.status) OR (old.feedback IS DISTINCT FROM new.feedback)))) EXECUTE FUNCTION renus.correct_replies();
CREATE TRIGGER revise_messages_by_feedback BEFORE UPDATE OF feedback ON public.messages FOR EACH ROW WHEN ((old.feedback IS DISTINCT FROM new.feedback)) EXECUTE FUNCTION renus.revise_by_feedback();
CREATE TRIGGER tell_messages_written AFTER INSERT ON public.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION renus.tell_messages();
CREATE TRIGGER tell_reply_ended AFTER UPDATE OF status ON public.messages FOR EACH ROW WHEN (((old.status = 'streaming'::text) AND (new.status <> 'streaming'::text))) EXECUTE FUNCTION renus.tell_message();
create policy "Admins have full access to messages" on public.messages for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to messages" on public.messages for all to service_role
  using true
  with check true;
create policy "Users can end replies of their client" on public.messages for update to authenticated
  using ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (role = 'assistant'::text))
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (role = 'assistant'::text));
create policy "Users can view messages of their client" on public.messages for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Users can write messages of their client" on public.messages for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND ((role = 'system'::text) OR ((role = 'operator'::text) AND (sender_id = ( SELECT auth.uid() AS uid)))) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
create policy "Visitors can rate replies" on public.messages for update to renus_visitor
  using ((role = 'assistant'::text) AND (status = ANY (ARRAY['complete'::text, 'cancelled'::text])) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.visitor_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid)))))
  with check ((role = 'assistant'::text) AND (status = ANY (ARRAY['complete'::text, 'cancelled'::text])) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.visitor_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid)))));
create policy "Visitors can view own messages" on public.messages for select to renus_visitor
  using (conversation_id IN ( SELECT conversations.id FROM conversations));
create policy "Visitors can write own messages" on public.messages for insert to renus_visitor
  with check ((role = 'visitor'::text) AND (status = 'complete'::text) AND ((conversation_id, client_id, sender_id) IN ( SELECT conversations.id, conversations.client_id, conversations.visitor_id FROM conversations)));
grant insert (conversation_id, role, content, created_at, client_id, seq, rev, status, sender_id, sender_name, attempt, client_message_id, reply_to, error_code, updated_at), select, update (content, rev, status, attempt, error_code, updated_at) on public.messages to authenticated;
grant insert (conversation_id, role, content, created_at, client_id, seq, rev, status, sender_id, sender_name, attempt, client_message_id, reply_to, error_code, updated_at), select, update (feedback) on public.messages to renus_visitor;
grant delete, insert, select, update on public.messages to service_role;

create table public.model_calls (
  id uuid not null default gen_random_uuid(),
  agent_id uuid not null,
  visitor_id uuid,
  client_id uuid not null,
  job_id uuid,
  day date not null,
  replies integer not null,
  tokens bigint not null,
  micro_usd bigint not null,
  expires_at timestamp with time zone not null,
  constraint model_calls_pkey PRIMARY KEY (id),
  constraint model_calls_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint model_calls_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint model_calls_job_id_fkey FOREIGN KEY (job_id) REFERENCES reply_jobs(id) ON DELETE CASCADE,
  constraint model_calls_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES visitors(id) ON DELETE CASCADE
);
CREATE INDEX idx_model_calls_agent_id ON public.model_calls USING btree (agent_id);
CREATE INDEX idx_model_calls_client_id ON public.model_calls USING btree (client_id);
CREATE INDEX idx_model_calls_expires_at ON public.model_calls USING btree (expires_at);
CREATE INDEX idx_model_calls_job_id ON public.model_calls USING btree (job_id);
CREATE INDEX idx_model_calls_visitor_id ON public.model_calls USING btree (visitor_id);
create policy "Service has full access to model_calls" on public.model_calls for all to service_role
  using true
  with check true;
grant delete, insert, select, update on public.model_calls to service_role;

create table public.participants (
  conversation_id uuid not null,
  user_id uuid not null,
  client_id uuid not null,
  kind text not null,
  last_read_seq integer not null default 0,
  updated_at timestamp with time zone not null default now(),
  constraint participants_pkey PRIMARY KEY (conversation_id, user_id),
  constraint participants_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE,
  constraint participants_kind_check CHECK ((kind = ANY (ARRAY['visitor'::text, 'operator'::text])))
);
CREATE INDEX idx_participants_client_id ON public.participants USING btree (client_id);
create policy "Admins have full access to participants" on public.participants for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to participants" on public.participants for all to service_role
  using true
  with check true;
create policy "Users can mark read as themselves" on public.participants for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (user_id = ( SELECT auth.uid() AS uid)) AND (kind = 'operator'::text) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
create policy "Users can move their own mark" on public.participants for update to authenticated
  using ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (user_id = ( SELECT auth.uid() AS uid)))
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (user_id = ( SELECT auth.uid() AS uid)));
create policy "Users can view participants of their client" on public.participants for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Visitors can mark read as themselves" on public.participants for insert to renus_visitor
  with check ((user_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid)) AND (kind = 'visitor'::text) AND (EXISTS ( SELECT FROM conversations c WHERE ((c.id = participants.conversation_id) AND (c.client_id = participants.client_id) AND (c.visitor_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid))))));
create policy "Visitors can move their own mark" on public.participants for update to renus_visitor
  using (user_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid))
  with check (user_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid));
create policy "Visitors can view marks of own conversations" on public.participants for select to renus_visitor
  using (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.visitor_id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid))));
grant insert, select, update (last_read_seq, updated_at) on public.participants to authenticated;
grant insert, select, update (last_read_seq, updated_at) on public.participants to renus_visitor;
grant delete, insert, select, update on public.participants to service_role;

create table public.profiles (
  id uuid not null,
  role text not null default 'client'::text,
  client_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  name text,
  email text,
  constraint profiles_pkey PRIMARY KEY (id),
  constraint profiles_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE SET NULL,
  constraint profiles_id_fkey FOREIGN KEY (id) REFERENCES auth.users(id) ON DELETE CASCADE,
  constraint profiles_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'client'::text])))
);
CREATE INDEX idx_profiles_client_id ON public.profiles USING btree (client_id);
CREATE TRIGGER update_profiles_updated_at BEFORE UPDATE ON public.profiles FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to profiles" on public.profiles for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Keys change no people" on public.profiles for update to authenticated
  using ( SELECT renus.is_person() AS is_person);
create policy "Keys delete no people" on public.profiles for delete to authenticated
  using ( SELECT renus.is_person() AS is_person);
create policy "Keys make no people" on public.profiles for insert to authenticated
  with check ( SELECT renus.is_person() AS is_person);
create policy "Service has full access to profiles" on public.profiles for all to service_role
  using true
  with check true;
create policy "Users can view their profile" on public.profiles for select to authenticated
  using (id = ( SELECT auth.uid() AS uid));
grant delete, insert, select, update on public.profiles to authenticated;
grant delete, insert, select, update on public.profiles to service_role;

create table public.rate_counters (
  key text not null,
  points integer not null,
  ends_at timestamp with time zone not null,
  constraint rate_counters_pkey PRIMARY KEY (key),
  constraint rate_counters_key_check CHECK ((length(key) <= 64))
);
CREATE INDEX idx_rate_counters_ends_at ON public.rate_counters USING btree (ends_at);
create policy "Service has full access to rate_counters" on public.rate_counters for all to service_role
  using true
  with check true;
grant delete, insert, select, update on public.rate_counters to service_role;

create table public.reply_jobs (
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  client_id uuid not null,
  status text not null default 'queued'::text,
  up_to_seq integer not null,
  message_id uuid,
  owner_epoch integer not null,
  fence integer not null default 0,
  attempt integer not null default 0,
  worker_id text,
  lease_until timestamp with time zone,
  cancel_requested boolean not null default false,
  error_code text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  is_counted boolean not null default false,
  constraint reply_jobs_pkey PRIMARY KEY (id),
  constraint reply_jobs_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint reply_jobs_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE,
  constraint reply_jobs_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE SET NULL,
  constraint reply_jobs_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX idx_reply_jobs_client_id ON public.reply_jobs USING btree (client_id);
CREATE INDEX idx_reply_jobs_conversation_id ON public.reply_jobs USING btree (conversation_id);
CREATE INDEX idx_reply_jobs_message_id ON public.reply_jobs USING btree (message_id);
CREATE INDEX idx_reply_jobs_pending ON public.reply_jobs USING btree (created_at) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE UNIQUE INDEX idx_reply_jobs_one_queued ON public.reply_jobs USING btree (conversation_id) WHERE (status = 'queued'::text);
CREATE UNIQUE INDEX idx_reply_jobs_one_running ON public.reply_jobs USING btree (conversation_id) WHERE (status = 'running'::text);
create policy "Admins have full access to reply_jobs" on public.reply_jobs for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to reply_jobs" on public.reply_jobs for all to service_role
  using true
  with check true;
create policy "Users can ask for replies of their client" on public.reply_jobs for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (conversation_id IN ( SELECT conversations.id FROM conversations WHERE (conversations.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
create policy "Users can end jobs of their client" on public.reply_jobs for update to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Users can view reply_jobs of their client" on public.reply_jobs for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Visitors can ask for replies" on public.reply_jobs for insert to renus_visitor
  with check ((conversation_id, client_id) IN ( SELECT conversations.id, conversations.client_id FROM conversations));
create policy "Visitors can change own jobs" on public.reply_jobs for update to renus_visitor
  using (conversation_id IN ( SELECT conversations.id FROM conversations))
  with check (conversation_id IN ( SELECT conversations.id FROM conversations));
create policy "Visitors can view own jobs" on public.reply_jobs for select to renus_visitor
  using (conversation_id IN ( SELECT conversations.id FROM conversations));
grant insert (conversation_id, client_id, up_to_seq, owner_epoch), select, update (status, up_to_seq, fence, worker_id, lease_until, cancel_requested, error_code, updated_at) on public.reply_jobs to authenticated;
grant insert (conversation_id, client_id, up_to_seq, owner_epoch), select, update (status, up_to_seq, fence, worker_id, lease_until, cancel_requested, error_code, updated_at) on public.reply_jobs to renus_visitor;
grant delete, insert, select, update on public.reply_jobs to service_role;

create table public.routing_examples (
  message_id uuid not null,
  agent_id uuid not null,
  client_id uuid not null,
  text text not null,
  chosen_sub_agent_id uuid,
  expected_sub_agent_id uuid,
  created_by uuid,
  created_at timestamp with time zone not null default now(),
  constraint routing_examples_pkey PRIMARY KEY (message_id),
  constraint routing_examples_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint routing_examples_chosen_sub_agent_id_fkey FOREIGN KEY (chosen_sub_agent_id) REFERENCES sub_agents(id) ON DELETE SET NULL,
  constraint routing_examples_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint routing_examples_expected_sub_agent_id_fkey FOREIGN KEY (expected_sub_agent_id) REFERENCES sub_agents(id) ON DELETE CASCADE,
  constraint routing_examples_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE
);
CREATE INDEX idx_routing_examples_agent_id ON public.routing_examples USING btree (agent_id, created_at DESC);
CREATE INDEX idx_routing_examples_chosen ON public.routing_examples USING btree (chosen_sub_agent_id);
CREATE INDEX idx_routing_examples_client_id ON public.routing_examples USING btree (client_id);
CREATE INDEX idx_routing_examples_expected ON public.routing_examples USING btree (expected_sub_agent_id);
create policy "Admins have full access to routing_examples" on public.routing_examples for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to routing_examples" on public.routing_examples for all to service_role
  using true
  with check true;
create policy "Users can label examples of their client" on public.routing_examples for all to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id)))) AND (EXISTS ( SELECT FROM messages m WHERE ((m.id = routing_examples.message_id) AND (m.client_id = ( SELECT renus.user_client_id() AS user_client_id))))) AND ((chosen_sub_agent_id IS NULL) OR (EXISTS ( SELECT FROM sub_agents s WHERE ((s.id = routing_examples.chosen_sub_agent_id) AND (s.agent_id = routing_examples.agent_id))))) AND ((expected_sub_agent_id IS NULL) OR (EXISTS ( SELECT FROM sub_agents s WHERE ((s.id = routing_examples.expected_sub_agent_id) AND (s.agent_id = routing_examples.agent_id))))));
grant delete, insert, select, update (expected_sub_agent_id, created_by, created_at) on public.routing_examples to authenticated;
grant delete, insert, select, update on public.routing_examples to service_role;

create table public.sub_agents (
  id uuid not null default gen_random_uuid(),
  name text not null,
  description text,
  model text,
  system_prompt text not null,
  channel text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  agent_id uuid not null,
  topics text[] not null default '{}'::text[],
  is_active boolean not null default true,
  knowledge_base jsonb not null default '{}'::jsonb,
  fine_tuning_config jsonb not null default '{}'::jsonb,
  constraint sub_agents_pkey PRIMARY KEY (id),
  constraint sub_agents_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE
);
CREATE INDEX idx_sub_agents_agent_id ON public.sub_agents USING btree (agent_id);
CREATE TRIGGER update_sub_agents_updated_at BEFORE UPDATE ON public.sub_agents FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to sub_agents" on public.sub_agents for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to sub_agents" on public.sub_agents for all to service_role
  using true
  with check true;
create policy "Users can change sub_agents of their agents" on public.sub_agents for update to authenticated
  using (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))))
  with check (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
create policy "Users can create sub_agents of their agents" on public.sub_agents for insert to authenticated
  with check (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
create policy "Users can delete sub_agents of their agents" on public.sub_agents for delete to authenticated
  using (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
create policy "Users can view sub_agents of their agents" on public.sub_agents for select to authenticated
  using (agent_id IN ( SELECT agents.id FROM agents WHERE (agents.client_id = ( SELECT renus.user_client_id() AS user_client_id))));
grant delete, insert, select, update on public.sub_agents to authenticated;
grant delete, insert, select, update on public.sub_agents to service_role;

create table public.sub_agents_unowned (
  id uuid not null,
  data jsonb,
  archived_at timestamp with time zone,
  constraint sub_agents_unowned_pkey PRIMARY KEY (id)
);
create policy "Service has full access to unowned sub_agents" on public.sub_agents_unowned for all to service_role
  using true
  with check true;
grant delete, select on public.sub_agents_unowned to service_role;

create table public.usage_days (
  agent_id uuid not null,
  visitor_id uuid,
  client_id uuid not null,
  day date not null,
  replies integer not null default 0,
  tokens bigint not null default 0,
  micro_usd bigint not null default 0,
  refused_by text,
  refused_limit bigint,
  constraint usage_days_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint usage_days_agent_id_visitor_id_day_key UNIQUE NULLS NOT DISTINCT (agent_id, visitor_id, day),
  constraint usage_days_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint usage_days_refused_by_check CHECK ((refused_by = ANY (ARRAY['replies'::text, 'tokens'::text, 'micro_usd'::text]))),
  constraint usage_days_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES visitors(id) ON DELETE CASCADE
);
CREATE INDEX idx_usage_days_client_id ON public.usage_days USING btree (client_id);
CREATE INDEX idx_usage_days_day ON public.usage_days USING btree (day);
CREATE INDEX idx_usage_days_visitor_id ON public.usage_days USING btree (visitor_id);
create policy "Admins can view usage_days" on public.usage_days for select to authenticated
  using ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to usage_days" on public.usage_days for all to service_role
  using true
  with check true;
create policy "Users can view usage_days of their client" on public.usage_days for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant select on public.usage_days to authenticated;
grant delete, insert, select, update on public.usage_days to service_role;

create table public.visitors (
  id uuid not null default gen_random_uuid(),
  agent_id uuid not null,
  client_id uuid not null,
  locale text,
  created_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  external_id text,
  name text,
  email text,
  is_verified boolean not null default false,
  consented_at timestamp with time zone,
  consent_text text,
  constraint visitors_pkey PRIMARY KEY (id),
  constraint visitors_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint visitors_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE
);
CREATE INDEX idx_visitors_agent_id ON public.visitors USING btree (agent_id);
CREATE INDEX idx_visitors_client_id ON public.visitors USING btree (client_id);
CREATE UNIQUE INDEX idx_visitors_external_id ON public.visitors USING btree (agent_id, external_id) WHERE (external_id IS NOT NULL);
create policy "Admins have full access to visitors" on public.visitors for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to visitors" on public.visitors for all to service_role
  using true
  with check true;
create policy "Users can view visitors of their client" on public.visitors for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Visitors can view themselves" on public.visitors for select to renus_visitor
  using (id = ( SELECT renus.claim_uuid('sub'::text) AS claim_uuid));
grant select on public.visitors to authenticated;
grant select on public.visitors to renus_visitor;
grant delete, insert, select, update on public.visitors to service_role;

create table public.webhook_deliveries (
  id uuid not null default gen_random_uuid(),
  endpoint_id uuid not null,
  client_id uuid not null,
  conversation_id uuid,
  type text not null,
  data jsonb not null,
  status text not null default 'pending'::text,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null default now(),
  response_status integer,
  error text,
  created_at timestamp with time zone not null default now(),
  delivered_at timestamp with time zone,
  constraint webhook_deliveries_pkey PRIMARY KEY (id),
  constraint webhook_deliveries_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint webhook_deliveries_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id) ON DELETE CASCADE,
  constraint webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  constraint webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);
CREATE INDEX idx_webhook_deliveries_client_id ON public.webhook_deliveries USING btree (client_id);
CREATE INDEX idx_webhook_deliveries_conversation_id ON public.webhook_deliveries USING btree (conversation_id);
CREATE INDEX idx_webhook_deliveries_created_at ON public.webhook_deliveries USING btree (created_at);
CREATE INDEX idx_webhook_deliveries_log ON public.webhook_deliveries USING btree (endpoint_id, created_at DESC, id DESC);
CREATE INDEX idx_webhook_deliveries_pending ON public.webhook_deliveries USING btree (endpoint_id, next_attempt_at) WHERE (status = 'pending'::text);
create policy "Admins have full access to webhook_deliveries" on public.webhook_deliveries for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to webhook_deliveries" on public.webhook_deliveries for all to service_role
  using true
  with check true;
create policy "Users can replay webhook_deliveries of their client" on public.webhook_deliveries for update to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
create policy "Users can test webhook_endpoints of their client" on public.webhook_deliveries for insert to authenticated
  with check ((client_id = ( SELECT renus.user_client_id() AS user_client_id)) AND (endpoint_id IN ( SELECT webhook_endpoints.id FROM webhook_endpoints WHERE (webhook_endpoints.client_id = ( SELECT renus.user_client_id() AS user_client_id)))));
create policy "Users can view webhook_deliveries of their client" on public.webhook_deliveries for select to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant insert (endpoint_id, client_id, type, data), select, update (status, attempts, next_attempt_at) on public.webhook_deliveries to authenticated;
grant delete, insert, select, update on public.webhook_deliveries to service_role;

create table public.webhook_endpoints (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  url text not null,
  events text[] not null,
  secret text not null,
  is_active boolean not null default true,
  disabled_reason text,
  failing_since timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  former_secret text,
  former_secret_until timestamp with time zone,
  constraint webhook_endpoints_pkey PRIMARY KEY (id),
  constraint webhook_endpoints_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
  constraint webhook_endpoints_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['failing'::text, 'gone'::text]))),
  constraint webhook_endpoints_events_check CHECK ((cardinality(events) > 0))
);
CREATE INDEX idx_webhook_endpoints_client_id ON public.webhook_endpoints USING btree (client_id);
CREATE TRIGGER update_webhook_endpoints_updated_at BEFORE UPDATE ON public.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION renus.touch_updated_at();
create policy "Admins have full access to webhook_endpoints" on public.webhook_endpoints for all to authenticated
  using ( SELECT renus.is_admin() AS is_admin)
  with check ( SELECT renus.is_admin() AS is_admin);
create policy "Service has full access to webhook_endpoints" on public.webhook_endpoints for all to service_role
  using true
  with check true;
create policy "Users can keep webhook_endpoints of their client" on public.webhook_endpoints for all to authenticated
  using (client_id = ( SELECT renus.user_client_id() AS user_client_id))
  with check (client_id = ( SELECT renus.user_client_id() AS user_client_id));
grant delete, insert, select, update (url, events, secret, is_active, disabled_reason, failing_since, former_secret, former_secret_until) on public.webhook_endpoints to authenticated;
grant delete, insert, select, update on public.webhook_endpoints to service_role;

CREATE OR REPLACE FUNCTION renus.acting_visitors()
 RETURNS uuid[]
 LANGUAGE sql
 STABLE
RETURN COALESCE((NULLIF(current_setting('renus.visitors'::text, true), ''::text))::uuid[], ARRAY[renus.claim_uuid('sub'::text)])
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.append_message(p_conversation_id uuid, p_role text, p_content text, p_sender_id uuid, p_sender_name text, p_client_message_id uuid DEFAULT NULL::uuid, p_reply_to uuid DEFAULT NULL::uuid, p_status text DEFAULT 'complete'::text, p_attempt integer DEFAULT 0, p_error_code text DEFAULT NULL::text, OUT message messages, OUT duplicate boolean)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  result record;
begin
  select a.* into result from renus.append_messages(jsonb_build_array(jsonb_build_object(
    'conversation_id', p_conversation_id, 'role', p_role, 'content', p_content, 'sender_id', p_sender_id, 'sender_name', p_sender_name,
    'client_message_id', p_client_message_id, 'reply_to', p_reply_to, 'status', p_status, 'attempt', p_attempt,
    'error_code', p_error_code)), true) a;
  case result.outcome
    when 'absent' then raise exception 'conversation not found' using errcode = 'RN404';
    when 'conflict' then raise exception 'client_message_id was used for another message' using errcode = 'RN409';
    when 'closed' then raise exception 'conversation is closed' using errcode = 'RN410';
    when 'foreign_reply_to' then raise exception 'reply_to is no message of this conversation' using errcode = 'RN400';
    else null;
  end case;
  message := result.message;
  duplicate := result.outcome = 'duplicate';
end $function$
;
grant execute to authenticated, service_role, renus_visitor;

CREATE OR REPLACE FUNCTION renus.append_messages(p_items jsonb, p_waits boolean, p_forsaken uuid[] DEFAULT '{}'::uuid[])
 RETURNS SETOF renus.appended
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
AS $function$
declare
  ids uuid[];
  locked uuid[];
begin
  ids := array(select (i ->> 'conversation_id')::uuid from jsonb_array_elements(p_items) i);
  -- A statement of its own: what follows has to see what was committed before the locks were there.
  if p_waits then
    locked := array(select c.id from public.conversations c where c.id = any (ids) order by c.id for update);
  else
    locked := array(select c.id from public.conversations c where c.id = any (ids) for update skip locked);
  end if;
  return query
    with item as materialized (
      select i.*, (i.c).client_id, (i.c).owner,
             -- Row-level security shows the conversations of all who act; each visitor has their own.
             case when (i.c).id is null or (i.role = 'visitor' and (i.c).visitor_id is distinct from i.sender_id) then 'absent'
                  when i.conversation_id <> all (locked) then 'busy'
                  when (i.old).id is not null then
                    case when (i.old).content = i.content and (i.old).role = i.role then 'duplicate' else 'conflict' end
                  when i.sender_id = any (p_forsaken) then 'unavailable'
                  when (i.c).status = 'closed' and i.role <> 'system' then 'closed'
                  when i.reply_to is not null
                       and not exists (select from public.messages m where m.id = i.reply_to and m.conversation_id = i.conversation_id)
                    then 'foreign_reply_to'
                  else 'stored' end as outcome
        from (select i.*,
                     (select c from public.conversations c where c.id = i.conversation_id) as c,
                     (select m from public.messages m
                       where m.conversation_id = i.conversation_id and m.client_message_id = i.client_message_id) as old
                from jsonb_to_recordset(p_items) as i (conversation_id uuid, role text, content text, sender_id uuid, sender_name text,
                       client_message_id uuid, reply_to uuid, status text, attempt integer, error_code text)
               -- Looked up once each, not wherever a field of them is read.
               offset 0) i
    ), moved as (
      update public.conversations c
         set last_seq = c.last_seq + 1, last_rev = c.last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
             last_message_preview = case when i.content = '' then c.last_message_preview else left(i.content, 140) end,
             last_role = case when i.role = 'system' then c.last_role else i.role end,
             is_failed = case when i.role = 'system' then c.is_failed else i.status = 'failed' end,
             first_asked_at = case when i.role = 'visitor' then coalesce(c.first_asked_at, clock_timestamp()) else c.first_asked_at end,
             first_answered_at = case when i.role = 'operator' or (i.role = 'assistant' and i.status = 'complete')
                                      then coalesce(c.first_answered_at, clock_timestamp()) else c.first_answered_at end,
             has_operator = c.has_operator or i.role = 'operator'
        from item i where c.id = i.conversation_id and i.outcome = 'stored'
      returning c.id, c.last_seq, c.last_rev
    ), added as (
      insert into public.messages as m (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                                        client_message_id, reply_to, error_code, created_at, updated_at)
      select i.conversation_id, i.client_id, moved.last_seq, moved.last_rev, i.role, i.content, i.status, i.sender_id, i.sender_name,
             i.attempt, i.client_message_id, i.reply_to, i.error_code, clock_timestamp(), clock_timestamp()
        from item i join moved on moved.id = i.conversation_id
      returning m
    )
    select i.conversation_id, i.outcome, i.owner, coalesce((added).m, i.old)
      from item i left join added on (added.m).conversation_id = i.conversation_id;
end $function$
;
grant execute to authenticated, service_role, renus_visitor;

CREATE OR REPLACE FUNCTION renus.await_figures()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  insert into public.hour_figures_until (client_id) values (new.id);
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.claim_replies(p_worker_id text, p_limit integer, p_lease_ms double precision, p_turns integer)
 RETURNS TABLE(id uuid, conversation_id uuid, client_id uuid, up_to_seq integer, owner_epoch integer, fence integer, attempt integer, message_id uuid, cancel_requested boolean, agent_id uuid, visitor_id uuid, sub_agent_id uuid, locale text, turns jsonb)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  ids uuid[];
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  ids := array(
    select c.id from public.reply_jobs c
     where c.status in ('queued', 'running')
       and ((c.status = 'queued' and not exists (
               select from public.reply_jobs r where r.conversation_id = c.conversation_id and r.status = 'running'))
            or (c.status = 'running' and c.lease_until < clock_timestamp()))
     order by c.created_at, c.id
     limit p_limit
       for update skip locked);
  if ids <> '{}' then
    return query select t.* from renus.take_jobs(ids, p_worker_id, p_lease_ms, p_turns) t;
  end if;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.claim_uuid(name text)
 RETURNS uuid
 LANGUAGE sql
 STABLE
RETURN (NULLIF(((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb ->> name), ''::text))::uuid
;
grant execute to authenticated, renus_visitor;

CREATE OR REPLACE FUNCTION renus.correct_replies()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  if old.created_at < added_up then
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, replies, thumbs_up, thumbs_down)
    select c.client_id, c.agent_id, date_trunc('hour', old.created_at, 'UTC'), t.topic, t.model,
           (new.status in ('complete', 'cancelled'))::integer - (old.status in ('complete', 'cancelled'))::integer,
           coalesce(new.feedback = 'up', false)::integer - coalesce(old.feedback = 'up', false)::integer,
           coalesce(new.feedback = 'down', false)::integer - coalesce(old.feedback = 'down', false)::integer
      from public.conversations c left join public.message_traces t on t.message_id = old.id where c.id = old.conversation_id;
  end if;
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.correct_traces()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  if old.created_at < added_up then
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, volume, fallbacks, prompt_tokens, completion_tokens)
    values (old.client_id, old.agent_id, date_trunc('hour', old.created_at, 'UTC'), old.topic, old.model, -1, -old.is_fallback::integer,
            -coalesce(old.prompt_tokens, 0), -coalesce(old.completion_tokens, 0)),
           (new.client_id, new.agent_id, date_trunc('hour', old.created_at, 'UTC'), new.topic, new.model, 1, new.is_fallback::integer,
            coalesce(new.prompt_tokens, 0), coalesce(new.completion_tokens, 0));
    -- Ratings belong to the topic of the trace and to the hour of the message.
    insert into public.hour_figures (client_id, agent_id, hour, topic, model, thumbs_up, thumbs_down)
    select m.client_id, c.agent_id, date_trunc('hour', m.created_at, 'UTC'), moved.topic, moved.model,
           moved.by * (m.feedback = 'up')::integer, moved.by * (m.feedback = 'down')::integer
      from public.messages m join public.conversations c on c.id = m.conversation_id
      cross join (values (-1, old.topic, old.model), (1, new.topic, new.model)) moved (by, topic, model)
     where m.id = old.message_id and m.feedback is not null and m.created_at < added_up;
  end if;
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.count_points(p_additions jsonb)
 RETURNS TABLE(key text, points integer, ends_in_ms double precision)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET jit TO 'off'
AS $function$
#variable_conflict use_column
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  return query
    insert into public.rate_counters as c (key, points, ends_at)
    select a.key, a.points, clock_timestamp() + a.window_ms * interval '1 millisecond'
      from jsonb_to_recordset(p_additions) as a (key text, points integer, window_ms double precision)
     -- In the order of their keys, so that two nodes never wait for each other.
     order by a.key
    on conflict (key) do update
      set points = case when c.ends_at > clock_timestamp() then c.points else 0 end + excluded.points,
          ends_at = case when c.ends_at > clock_timestamp() then c.ends_at else excluded.ends_at end
    returning c.key, c.points, greatest(1, extract(epoch from c.ends_at - clock_timestamp()) * 1000)::double precision;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.end_reply(p_job_id uuid, p_conversation_id uuid, p_owner_epoch integer, p_fence integer, p_message_id uuid, p_status text, p_content text, p_attempt integer, p_error_code text, p_trace jsonb, p_sender_id uuid, p_sender_name text, p_sub_agent_id uuid)
 RETURNS TABLE(message messages, conversation conversations)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  conversation_status text;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  select c.status into conversation_status from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
    where c.id = p_conversation_id and c.owner = 'assistant' and c.owner_epoch = p_owner_epoch
      and j.id = p_job_id and j.fence = p_fence and j.status = 'running'
      for update of c, j;
  if not found then
    return;
  end if;
  if p_message_id is not null then
    message := renus.revise_message(p_message_id, p_content, p_status, p_attempt, p_error_code);
  elsif p_status = 'failed' and conversation_status = 'open' then
    select s.* into message from renus.start_reply(p_job_id, p_conversation_id, p_owner_epoch, p_fence, p_sender_id, p_sender_name,
                                                   p_sub_agent_id, p_attempt, p_trace, p_status, p_error_code) s;
  end if;
  update public.reply_jobs set status = p_status, error_code = p_error_code, lease_until = null, updated_at = clock_timestamp()
   where id = p_job_id;
  select c.* into conversation from public.conversations c where c.id = p_conversation_id;
  if p_message_id is not null and p_trace is not null then
    insert into public.message_traces (message_id, client_id, agent_id, trace)
    values (p_message_id, conversation.client_id, conversation.agent_id, p_trace)
    on conflict (message_id) do update set trace = excluded.trace;
  end if;
  return next;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.forsaken_visitors()
 RETURNS uuid[]
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return array(select w.id from unnest(renus.acting_visitors()) w (id)
                where not exists (select from public.visitors v join public.agents a on a.id = v.agent_id
                                   where v.id = w.id and a.status = 'active'));
end $function$
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.has_webhooks(p_client_id uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return exists (select from public.webhook_endpoints e where e.client_id = p_client_id and e.is_active);
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.is_admin()
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  subject uuid := auth.uid();
  person_role text;
begin
  select role into person_role from public.profiles where id = subject;
  if found then
    return person_role = 'admin';
  end if;
  return exists (select from public.api_keys k
                  where k.id = subject and k.client_id is null and (k.expires_at is null or k.expires_at > now()));
end $function$
;
grant execute to authenticated;

CREATE OR REPLACE FUNCTION renus.is_person()
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return exists (select from public.profiles where id = auth.uid());
end $function$
;
grant execute to authenticated;

CREATE OR REPLACE FUNCTION renus.keep_agent_limits()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  -- Two questions: other roles may not call the function of the second, which is checked before the first is answered.
  if current_user = 'authenticated'
     and new.config -> 'limits' is distinct from (case when tg_op = 'UPDATE' then old.config -> 'limits' end) then
    if not renus.is_admin() then
      raise exception 'Only administrators change what an agent may spend.' using errcode = 'insufficient_privilege';
    end if;
  end if;
  return new;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.missing_migrations(p_wanted text[])
 RETURNS text[]
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select coalesce(array_agg(w.version order by w.version), '{}')
    from unnest(p_wanted) as w (version)
   where not exists (select from supabase_migrations.schema_migrations m where m.version = w.version)
$function$
;
grant execute to service_role;

CREATE OR REPLACE FUNCTION renus.note_change(p_actor_id uuid, p_actor_name text, p_action text, p_object_id uuid, p_object_name text, p_client_id uuid, p_fields text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  insert into public.audit_log (actor_id, actor_name, action, object_id, object_name, client_id, fields)
  values (coalesce(auth.uid(), p_actor_id), p_actor_name, p_action, p_object_id, p_object_name, p_client_id, p_fields)
$function$
;
grant execute to authenticated, service_role;

CREATE OR REPLACE FUNCTION renus.owing_visitors()
 RETURNS uuid[]
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return array(select v.id from public.visitors v join public.agents a on a.id = v.agent_id
                where v.id = any (renus.acting_visitors())
                  and btrim(coalesce(a.config #>> '{consent,text}', '')) <> ''
                  and a.config #>> '{consent,text}' is distinct from v.consent_text);
end $function$
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.post_messages(p_items jsonb, p_waits boolean, p_worker_id text, p_limit integer, p_lease_ms double precision, p_turns integer)
 RETURNS TABLE(conversation_id uuid, outcome text, message messages, is_reply_due boolean, claim jsonb)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  forsaken uuid[];
  owing uuid[];
  results renus.appended[];
  due uuid[];
  jobs uuid[];
  claims jsonb := '{}';
begin
  perform set_config('role', 'renus_visitor', true),
          set_config('request.jwt.claims', '{"role":"renus_visitor"}', true),
          set_config('renus.visitors', array(select i ->> 'sender_id' from jsonb_array_elements(p_items) i)::text, true);
  select u.forsaken, u.owing into forsaken, owing from renus.unheard_visitors() u;
  results := array(select a from renus.append_messages(p_items, p_waits, forsaken || owing) a);
  due := array(select r.conversation_id from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant');
  if due <> '{}' then
    perform renus.request_replies(due, array(select (r.message).seq from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant'));
    if p_limit > 0 then
      perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
      jobs := array(
        select j.id from public.reply_jobs j
         where j.conversation_id = any (due) and j.status = 'queued'
           and not exists (select from public.reply_jobs r where r.conversation_id = j.conversation_id and r.status = 'running')
         order by j.created_at, j.id limit p_limit);
      if jobs <> '{}' then
        select jsonb_object_agg(t.conversation_id, to_jsonb(t)) into claims
          from renus.take_jobs(jobs, p_worker_id, p_lease_ms, p_turns) t;
      end if;
    end if;
  end if;
  if owing = '{}' then
    return query
      select r.conversation_id, r.outcome, r.message, r.conversation_id = any (due), claims -> r.conversation_id::text
        from unnest(results) r;
    return;
  end if;
  return query
    select r.conversation_id,
           case when r.outcome = 'unavailable' and i.sender_id <> all (forsaken) then 'consent_owed' else r.outcome end,
           r.message, r.conversation_id = any (due), claims -> r.conversation_id::text
      from unnest(results) r
      join jsonb_to_recordset(p_items) as i (conversation_id uuid, sender_id uuid) on i.conversation_id = r.conversation_id;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.post_visitor_messages(p_items jsonb, p_waits boolean)
 RETURNS TABLE(conversation_id uuid, outcome text, message messages, is_reply_due boolean)
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  forsaken uuid[];
  owing uuid[];
  results renus.appended[];
  due uuid[];
begin
  perform set_config('role', 'renus_visitor', true),
          set_config('request.jwt.claims', '{"role":"renus_visitor"}', true),
          set_config('renus.visitors', array(select i ->> 'sender_id' from jsonb_array_elements(p_items) i)::text, true);
  select u.forsaken, u.owing into forsaken, owing from renus.unheard_visitors() u;
  results := array(select a from renus.append_messages(p_items, p_waits, forsaken || owing) a);
  due := array(select r.conversation_id from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant');
  if due <> '{}' then
    perform renus.request_replies(due, array(select (r.message).seq from unnest(results) r where r.outcome = 'stored' and r.owner = 'assistant'));
  end if;
  if owing = '{}' then
    return query select r.conversation_id, r.outcome, r.message, r.conversation_id = any (due) from unnest(results) r;
    return;
  end if;
  return query
    select r.conversation_id,
           case when r.outcome = 'unavailable' and i.sender_id <> all (forsaken) then 'consent_owed' else r.outcome end,
           r.message, r.conversation_id = any (due)
      from unnest(results) r
      join jsonb_to_recordset(p_items) as i (conversation_id uuid, sender_id uuid) on i.conversation_id = r.conversation_id;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.queue_webhooks(p_type text, p_client_id uuid, p_conversation_id uuid, p_data jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  insert into public.webhook_deliveries (endpoint_id, client_id, conversation_id, type, data)
  select e.id, e.client_id, p_conversation_id, p_type, p_data
    from public.webhook_endpoints e
   where e.client_id = p_client_id and e.is_active and p_type = any (e.events);
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.rate_message(p_message_id uuid, p_feedback text, OUT message messages, OUT changed boolean)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  changed := false;
  -- The conversation is locked before its messages, as everywhere.
  perform from public.conversations c join public.messages m on m.conversation_id = c.id where m.id = p_message_id for update of c;
  select * into message from public.messages m
   where m.id = p_message_id and m.role = 'assistant' and m.status in ('complete', 'cancelled');
  if not found or message.feedback is not distinct from p_feedback then
    return;
  end if;
  update public.messages set feedback = p_feedback where id = p_message_id returning * into message;
  changed := true;
end $function$
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.request_replies(p_conversations uuid[], p_up_to_seqs integer[])
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
AS $function$
begin
  -- In the order of the leases' renewal, so that neither waits for the other.
  perform from public.reply_jobs j
    where j.conversation_id = any (p_conversations) and j.status in ('queued', 'running') order by j.id for update;
  return query
    with wish as materialized (
      select c.id, c.client_id, c.owner_epoch, w.up_to_seq
        from unnest(p_conversations, p_up_to_seqs) as w (id, up_to_seq) join public.conversations c on c.id = w.id
       where c.owner = 'assistant'
    ), prolonged as (
      update public.reply_jobs j set up_to_seq = w.up_to_seq, updated_at = clock_timestamp()
        from wish w where j.conversation_id = w.id and j.status = 'queued'
      returning j.conversation_id
    ), superseded as (
      update public.reply_jobs j
         set status = 'queued', up_to_seq = w.up_to_seq, fence = j.fence + 1, worker_id = null, lease_until = null, updated_at = clock_timestamp()
        from wish w
       where j.conversation_id = w.id and j.status = 'running' and j.message_id is null and not j.cancel_requested
         and not exists (select from public.reply_jobs q where q.conversation_id = w.id and q.status = 'queued')
      returning j.conversation_id
    ), added as (
      insert into public.reply_jobs (conversation_id, client_id, up_to_seq, owner_epoch)
      select w.id, w.client_id, w.up_to_seq, w.owner_epoch from wish w
       where w.id not in (select conversation_id from prolonged) and w.id not in (select conversation_id from superseded)
    )
    select id from wish;
end $function$
;
grant execute to authenticated, service_role, renus_visitor;

CREATE OR REPLACE FUNCTION renus.request_reply(p_conversation_id uuid, p_up_to_seq integer)
 RETURNS uuid
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform from public.conversations where id = p_conversation_id for update;
  return (select renus.request_replies(array[p_conversation_id], array[p_up_to_seq]) limit 1);
end $function$
;
grant execute to authenticated, service_role, renus_visitor;

CREATE OR REPLACE FUNCTION renus.reserve_call(p_agent_id uuid, p_visitor_id uuid, p_job_id uuid, p_tokens bigint, p_micro_usd bigint, p_limits jsonb, p_expires_ms double precision, OUT call_id uuid, OUT refused_scope text, OUT refused_by text, OUT resets_in_ms double precision)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
  owner uuid;
  new_replies integer := 0;
  agent public.usage_days;
  visitor public.usage_days;
  limit_met bigint;
begin
  resets_in_ms := extract(epoch from (today + 1)::timestamp at time zone 'UTC' - clock_timestamp()) * 1000;
  if p_job_id is not null then
    select case when is_counted then 0 else 1 end into new_replies from public.reply_jobs where id = p_job_id for update;
    new_replies := coalesce(new_replies, 1);
  end if;
  select client_id into owner from public.agents where id = p_agent_id;
  if not found then
    raise exception 'agent not found' using errcode = 'RN404';
  end if;
  insert into public.usage_days (agent_id, visitor_id, client_id, day) values (p_agent_id, null, owner, today) on conflict do nothing;
  select * into agent from public.usage_days u
   where u.agent_id = p_agent_id and u.visitor_id is null and u.day = today for update;
  if p_visitor_id is not null then
    insert into public.usage_days (agent_id, visitor_id, client_id, day) values (p_agent_id, p_visitor_id, owner, today)
      on conflict do nothing;
    select * into visitor from public.usage_days u
     where u.agent_id = p_agent_id and u.visitor_id = p_visitor_id and u.day = today for update;
  end if;

  -- A visitor that does not exist has spent null, which passes no limit.
  select s.scope, s.measure, s.most into refused_scope, refused_by, limit_met
    from (values
      ('visitor', 'replies', visitor.replies + new_replies, (p_limits #>> '{visitor,replies}')::bigint),
      ('visitor', 'tokens', visitor.tokens + p_tokens, (p_limits #>> '{visitor,tokens}')::bigint),
      ('visitor', 'micro_usd', visitor.micro_usd + p_micro_usd, (p_limits #>> '{visitor,micro_usd}')::bigint),
      ('agent', 'replies', agent.replies + new_replies, (p_limits #>> '{agent,replies}')::bigint),
      ('agent', 'tokens', agent.tokens + p_tokens, (p_limits #>> '{agent,tokens}')::bigint),
      ('agent', 'micro_usd', agent.micro_usd + p_micro_usd, (p_limits #>> '{agent,micro_usd}')::bigint)
    ) as s (scope, measure, would_be, most)
   where s.would_be > s.most limit 1;
  if refused_scope is not null then
    update public.usage_days u set refused_by = reserve_call.refused_by, refused_limit = limit_met
     where u.agent_id = p_agent_id and u.day = today
       and u.visitor_id is not distinct from case when refused_scope = 'visitor' then p_visitor_id end;
    return;
  end if;

  update public.usage_days u
     set replies = u.replies + new_replies, tokens = u.tokens + p_tokens, micro_usd = u.micro_usd + p_micro_usd,
         refused_by = null, refused_limit = null
   where u.agent_id = p_agent_id and u.day = today and (u.visitor_id is null or u.visitor_id = p_visitor_id);
  if new_replies > 0 then
    update public.reply_jobs set is_counted = true where id = p_job_id;
  end if;
  insert into public.model_calls (agent_id, visitor_id, client_id, job_id, day, replies, tokens, micro_usd, expires_at)
  values (p_agent_id, p_visitor_id, owner, p_job_id, today, new_replies, p_tokens, p_micro_usd,
          clock_timestamp() + p_expires_ms * interval '1 millisecond')
  returning id into call_id;
end $function$
;
grant execute to service_role;

CREATE OR REPLACE FUNCTION renus.reserve_model_call(p_agent_id uuid, p_visitor_id uuid, p_job_id uuid, p_tokens bigint, p_micro_usd bigint, p_limits jsonb, p_expires_ms double precision, OUT call_id uuid, OUT refused_scope text, OUT refused_by text, OUT resets_in_ms double precision)
 RETURNS record
 LANGUAGE plpgsql
 SET search_path TO ''
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true),
          set_config('synchronous_commit', 'off', true);
  select r.* into call_id, refused_scope, refused_by, resets_in_ms
    from renus.reserve_call(p_agent_id, p_visitor_id, p_job_id, p_tokens, p_micro_usd, p_limits, p_expires_ms) r;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.revise_by_feedback()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  update public.conversations set last_rev = last_rev + 1, updated_at = clock_timestamp()
   where id = new.conversation_id
  returning last_rev into new.rev;
  new.updated_at := clock_timestamp();
  return new;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.revise_message(p_message_id uuid, p_content text, p_status text, p_attempt integer DEFAULT NULL::integer, p_error_code text DEFAULT NULL::text)
 RETURNS messages
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  result public.messages;
  next_rev integer;
begin
  update public.conversations c
     set last_rev = c.last_rev + 1, updated_at = clock_timestamp(),
         last_message_preview = case when p_content <> '' and c.last_seq = m.seq then left(p_content, 140) else c.last_message_preview end,
         is_failed = case when c.last_seq = m.seq then p_status = 'failed' else c.is_failed end,
         -- The answer began when its message did.
         first_answered_at = case when m.role = 'assistant' and p_status in ('complete', 'cancelled')
                                  then least(c.first_answered_at, m.created_at) else c.first_answered_at end
    from public.messages m where m.id = p_message_id and c.id = m.conversation_id
  returning c.last_rev into next_rev;
  update public.messages
     set content = coalesce(p_content, content), status = p_status, rev = next_rev, attempt = coalesce(p_attempt, attempt),
         error_code = p_error_code, updated_at = clock_timestamp()
   where id = p_message_id
  returning * into result;
  return result;
end $function$
;
grant execute to authenticated, service_role;

CREATE OR REPLACE FUNCTION renus.save_replies(p_items jsonb)
 RETURNS TABLE(job_id uuid, outcome text)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
declare
  item record;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  for item in
    select i.* from jsonb_to_recordset(p_items) as i (job_id uuid, conversation_id uuid, owner_epoch integer, fence integer,
                                                      message_id uuid, content text, attempt integer)
  loop
    job_id := item.job_id;
    outcome := 'saved';
    perform from public.conversations c where c.id = item.conversation_id for update skip locked;
    if not found then
      outcome := 'busy';
    else
      perform from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
        where c.id = item.conversation_id and c.owner = 'assistant' and c.owner_epoch = item.owner_epoch
          and j.id = item.job_id and j.fence = item.fence and j.status = 'running'
          for update of j skip locked;
      if found then
        perform renus.revise_message(item.message_id, item.content, 'streaming', item.attempt, null);
      elsif exists (select from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
                     where c.id = item.conversation_id and c.owner = 'assistant' and c.owner_epoch = item.owner_epoch
                       and j.id = item.job_id and j.fence = item.fence and j.status = 'running') then
        outcome := 'busy';
      else
        outcome := 'lost';
      end if;
    end if;
    return next;
  end loop;
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.search_conversations(p_query text, p_status text, p_agent_id uuid, p_owner text, p_owner_id uuid, p_waiting boolean, p_after_at timestamp with time zone, p_after_id uuid, p_limit integer)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
 SET jit TO 'off'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'on'
 SET gin_fuzzy_search_limit TO '20000'
 SET work_mem TO '32MB'
 SET max_parallel_workers_per_gather TO '0'
AS $function$
declare
  rare_max constant integer := 10000;
  walk_max constant integer := 500;
  company uuid := renus.user_client_id();
  sees_all constant boolean := renus.is_admin();
  wanted constant tsquery := (nullif(plainto_tsquery('simple', p_query)::text, '') || ':*')::tsquery;
  found_in uuid[];
  page uuid[];
  is_met boolean;
  candidates text;
  walk text;
  newest_first constant text := ' order by coalesce(c.last_message_at, c.created_at) desc, c.id desc';
  has_words constant text := $sql$m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ $8$sql$;
begin
  if wanted is null or (company is null and not sees_all) then
    return;
  end if;
  if sees_all then
    company := (select a.client_id from public.agents a where a.id = p_agent_id);
  end if;
  candidates := 'from public.conversations c where true'
    || case when company is null then '' else ' and c.client_id = $1' end
    || case when p_status is null then '' else ' and c.status = $2' end
    || case when p_agent_id is null then '' else ' and c.agent_id = $3' end
    || case when p_owner is null then '' else ' and c.owner = $4' end
    || case when p_owner_id is null then '' else ' and c.owner_id = $5' end
    || case when p_waiting then ' and c.waiting' else '' end
    || case when p_after_at is null then '' else ' and (coalesce(c.last_message_at, c.created_at), c.id) < ($6, $7)' end;
  walk := 'select array(select near.id from (select c.id, coalesce(c.last_message_at, c.created_at) as at ' || candidates
    || newest_first || ' limit $10) near
       where exists (select from public.messages m where m.conversation_id = near.id and ' || has_words || ')
       order by near.at desc, near.id desc limit $9)';

  -- Little more than a page, and once the index says that it may do, more of them.
  perform set_config('enable_bitmapscan', 'off', true);
  execute walk into page
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit, p_limit + p_limit / 3;
  if cardinality(page) = p_limit then
    return query select unnest(page);
    return;
  end if;
  perform set_config('enable_bitmapscan', 'on', true);
  found_in := array(
    select m.conversation_id from public.messages m
     where m.role <> 'system' and m.status <> 'streaming' and to_tsvector('simple', m.content) @@ wanted
     limit rare_max + 1);
  if cardinality(found_in) > rare_max then
    execute 'select exists (select ' || candidates || ' and c.id = any ($8))' into is_met
      using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, found_in;
    if is_met then
      perform set_config('enable_bitmapscan', 'off', true);
      execute walk into page
        using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted, p_limit, walk_max;
      if cardinality(page) = p_limit then
        return query select unnest(page);
        return;
      end if;
      perform set_config('enable_bitmapscan', 'on', true);
    end if;
  end if;
  -- The limit of the index leaves rows out at random, which says how frequent words are and never which messages have them.
  perform set_config('gin_fuzzy_search_limit', '0', true);
  execute 'select array(select distinct m.conversation_id from public.messages m where ' || has_words
    || case when company is null then '' else ' and m.client_id = $1' end || ')' into found_in
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, wanted;
  return query execute
    'select c.id ' || candidates || ' and c.id = any ($8)' || newest_first || ' limit $9'
    using company, p_status, p_agent_id, p_owner, p_owner_id, p_after_at, p_after_id, found_in, p_limit;
end $function$
;
grant execute to authenticated;

CREATE OR REPLACE FUNCTION renus.settle_call(p_call_id uuid, p_tokens bigint, p_micro_usd bigint, p_is_void boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  call public.model_calls;
begin
  delete from public.model_calls where id = p_call_id returning * into call;
  if not found then
    return false;
  end if;
  if p_is_void and call.replies > 0 then
    update public.reply_jobs set is_counted = false where id = call.job_id;
  end if;
  -- Locked in the order of a reservation.
  perform from public.usage_days u
    where u.agent_id = call.agent_id and u.day = call.day and u.visitor_id is null for update;
  update public.usage_days u
     set replies = u.replies - case when p_is_void then call.replies else 0 end,
         tokens = greatest(0, u.tokens - call.tokens + p_tokens),
         micro_usd = greatest(0, u.micro_usd - call.micro_usd + p_micro_usd)
   where u.agent_id = call.agent_id and u.day = call.day and (u.visitor_id is null or u.visitor_id = call.visitor_id);
  return true;
end $function$
;
grant execute to service_role;

CREATE OR REPLACE FUNCTION renus.settle_model_call(p_call_id uuid, p_tokens bigint, p_micro_usd bigint, p_is_void boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true),
          set_config('synchronous_commit', 'off', true);
  return renus.settle_call(p_call_id, p_tokens, p_micro_usd, p_is_void);
end $function$
;
grant execute to renus_api;

CREATE OR REPLACE FUNCTION renus.start_reply(p_job_id uuid, p_conversation_id uuid, p_owner_epoch integer, p_fence integer, p_sender_id uuid, p_sender_name text, p_sub_agent_id uuid, p_attempt integer, p_trace jsonb, p_status text DEFAULT 'streaming'::text, p_error_code text DEFAULT NULL::text)
 RETURNS SETOF messages
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  conversation_status text;
begin
  perform set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role":"service_role"}', true);
  select c.status into conversation_status from public.conversations c join public.reply_jobs j on j.conversation_id = c.id
    where c.id = p_conversation_id and c.owner = 'assistant' and c.owner_epoch = p_owner_epoch
      and j.id = p_job_id and j.fence = p_fence and j.status = 'running'
      for update of c, j;
  if not found then
    return;
  end if;
  if conversation_status = 'closed' then
    raise exception 'conversation is closed' using errcode = 'RN410';
  end if;
  return query
    with moved as (
      update public.conversations c
         set last_seq = c.last_seq + 1, last_rev = c.last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
             last_role = 'assistant', is_failed = p_status = 'failed', sub_agent_id = p_sub_agent_id
       where c.id = p_conversation_id
      returning c.client_id, c.agent_id, c.last_seq, c.last_rev
    ), added as (
      insert into public.messages as m (conversation_id, client_id, seq, rev, role, content, status, sender_id, sender_name, attempt,
                                        error_code, created_at, updated_at)
      select p_conversation_id, moved.client_id, moved.last_seq, moved.last_rev, 'assistant', '', p_status, p_sender_id, p_sender_name,
             p_attempt, p_error_code, clock_timestamp(), clock_timestamp()
        from moved
      returning m.*
    ), held as (
      update public.reply_jobs j set message_id = added.id, attempt = p_attempt from added where j.id = p_job_id
    ), traced as (
      insert into public.message_traces (message_id, client_id, agent_id, trace)
      select added.id, moved.client_id, moved.agent_id, p_trace from added, moved where p_trace is not null
    )
    select added.* from added;
end $function$
;
grant execute to service_role, renus_api;

CREATE OR REPLACE FUNCTION renus.sum_hours()
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
AS $function$
declare
  horizon constant timestamptz := date_trunc('hour', now(), 'UTC') - interval '1 hour';
  oldest constant timestamptz := horizon - interval '61 days';
  due uuid[];
begin
  -- A statement of its own: what follows has to see what was committed before the rows were held.
  due := array(select u.client_id from public.hour_figures_until u where u.until is null or u.until < horizon
                order by u.until nulls first limit 100 for update skip locked);
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, messages, replies, volume, fallbacks, prompt_tokens,
                                   completion_tokens, thumbs_up, thumbs_down)
  select d.client_id, f.*
    from (select u.client_id, greatest(u.until, oldest) as begins, least(greatest(u.until, oldest) + interval '1 day', horizon) as ends
            from public.hour_figures_until u where u.client_id = any (due)) d
    cross join lateral (
      select c.agent_id, date_trunc('hour', m.created_at, 'UTC'), null, null, count(*) filter (where m.role <> 'system'),
             count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')), 0, 0, 0, 0, 0, 0
        from public.messages m join public.conversations c on c.id = m.conversation_id
       where m.client_id = d.client_id and m.created_at >= d.begins and m.created_at < d.ends
       group by 1, 2
      union all
      select t.agent_id, date_trunc('hour', t.created_at, 'UTC'), t.topic, t.model, 0, 0, count(*), count(*) filter (where t.is_fallback),
             coalesce(sum(t.prompt_tokens), 0), coalesce(sum(t.completion_tokens), 0), 0, 0
        from public.message_traces t
       where t.client_id = d.client_id and t.created_at >= d.begins and t.created_at < d.ends
       group by 1, 2, 3, 4
      union all
      select c.agent_id, date_trunc('hour', m.created_at, 'UTC'), t.topic, t.model, 0, 0, 0, 0, 0, 0,
             count(*) filter (where m.feedback = 'up'), count(*) filter (where m.feedback = 'down')
        from public.messages m join public.conversations c on c.id = m.conversation_id
        left join public.message_traces t on t.message_id = m.id
       where m.feedback is not null and m.client_id = d.client_id and m.created_at >= d.begins and m.created_at < d.ends
       group by 1, 2, 3, 4) f;
  delete from public.hour_figures h where h.client_id = any (due) and h.hour < oldest;
  update public.hour_figures_until u set until = least(greatest(u.until, oldest) + interval '1 day', horizon) where u.client_id = any (due);
  return due <> '{}';
end $function$
;
grant execute to service_role;

CREATE OR REPLACE FUNCTION renus.take_jobs(p_ids uuid[], p_worker_id text, p_lease_ms double precision, p_turns integer)
 RETURNS TABLE(id uuid, conversation_id uuid, client_id uuid, up_to_seq integer, owner_epoch integer, fence integer, attempt integer, message_id uuid, cancel_requested boolean, agent_id uuid, visitor_id uuid, sub_agent_id uuid, locale text, turns jsonb)
 LANGUAGE plpgsql
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
#variable_conflict use_column
begin
  return query
    with claimed as (
      update public.reply_jobs j
         set status = 'running', worker_id = p_worker_id, lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond',
             fence = j.fence + 1, attempt = case when j.status = 'queued' then 1 else j.attempt + 1 end, updated_at = clock_timestamp()
       where j.id = any (p_ids)
      returning j.*)
    select j.id, j.conversation_id, j.client_id, j.up_to_seq, j.owner_epoch, j.fence, j.attempt, j.message_id, j.cancel_requested,
           c.agent_id, c.visitor_id, c.sub_agent_id, c.locale, coalesce(t.turns, '[]'::jsonb)
      from claimed j
      join public.conversations c on c.id = j.conversation_id
      left join lateral (
        select jsonb_agg(jsonb_build_object('role', m.role, 'content', m.content, 'sender_id', m.sender_id,
                                            'sender_name', m.sender_name, 'created_at', m.created_at) order by m.seq) as turns
          from (select * from public.messages n
                 where n.conversation_id = j.conversation_id and n.seq <= j.up_to_seq and n.content <> ''
                   and n.role <> 'system' and n.status <> 'failed' and n.id is distinct from j.message_id
                 order by n.seq desc limit p_turns) m) t on true;
end $function$
;
grant execute to service_role;

CREATE OR REPLACE FUNCTION renus.take_off_figures()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET enable_seqscan TO 'off'
 SET jit TO 'off'
AS $function$
declare
  added_up timestamptz;
begin
  select u.until into added_up from public.hour_figures_until u where u.client_id = old.client_id for share;
  -- Also when the company itself goes.
  if added_up is null then
    return old;
  end if;
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, messages, replies, thumbs_up, thumbs_down)
  select old.client_id, old.agent_id, date_trunc('hour', m.created_at, 'UTC'), t.topic, t.model, -count(*) filter (where m.role <> 'system'),
         -count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')),
         -count(*) filter (where m.feedback = 'up'), -count(*) filter (where m.feedback = 'down')
    from public.messages m left join public.message_traces t on t.message_id = m.id
   where m.conversation_id = old.id and m.created_at < added_up group by 3, 4, 5;
  insert into public.hour_figures (client_id, agent_id, hour, topic, model, volume, fallbacks, prompt_tokens, completion_tokens)
  select t.client_id, t.agent_id, date_trunc('hour', t.created_at, 'UTC'), t.topic, t.model, -count(*), -count(*) filter (where t.is_fallback),
         -coalesce(sum(t.prompt_tokens), 0), -coalesce(sum(t.completion_tokens), 0)
    from public.messages m join public.message_traces t on t.message_id = m.id
   where m.conversation_id = old.id and t.created_at < added_up group by 1, 2, 3, 4, 5;
  return old;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.tell_agent()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if renus.has_webhooks(new.client_id) then
    perform renus.queue_webhooks(
      case new.status when 'active' then 'agent.published' else 'agent.unpublished' end, new.client_id, null,
      jsonb_build_object('agent', jsonb_build_object(
        'id', new.id, 'client_id', new.client_id, 'name', new.name, 'slug', new.slug, 'status', new.status)));
  end if;
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.tell_conversation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  told jsonb;
begin
  if not renus.has_webhooks(new.client_id) then
    return null;
  end if;
  select jsonb_build_object('conversation', to_jsonb(new) || jsonb_build_object(
           'visitor_name', v.name, 'visitor_email', v.email, 'visitor_is_verified', v.is_verified))
    into told from (select new.visitor_id as id) n left join public.visitors v on v.id = n.id;
  if tg_op = 'INSERT' then
    perform renus.queue_webhooks('conversation.created', new.client_id, new.id, told);
    return null;
  end if;
  if old.owner <> new.owner then
    perform renus.queue_webhooks(
      case new.owner when 'operator' then 'conversation.handed_off' else 'conversation.handed_back' end, new.client_id, new.id, told);
  end if;
  if old.status <> new.status and new.status = 'closed' then
    perform renus.queue_webhooks('conversation.closed', new.client_id, new.id, told);
  end if;
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.tell_message()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if renus.has_webhooks(new.client_id) then
    perform renus.queue_webhooks('message.created', new.client_id, new.conversation_id, jsonb_build_object('message', to_jsonb(new)));
  end if;
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.tell_messages()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  insert into public.webhook_deliveries (endpoint_id, client_id, conversation_id, type, data)
  select e.id, e.client_id, m.conversation_id, 'message.created', jsonb_build_object('message', to_jsonb(m))
    from added m
    join public.webhook_endpoints e on e.client_id = m.client_id and e.is_active and 'message.created' = any (e.events)
   where m.status <> 'streaming' and m.role <> 'system';
  return null;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.updated_at := now();
  return new;
end $function$
;
grant execute to nobody;

CREATE OR REPLACE FUNCTION renus.unheard_visitors(OUT forsaken uuid[], OUT owing uuid[])
 RETURNS record
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  select coalesce(array_agg(w.id) filter (where a.id is null), '{}'),
         coalesce(array_agg(w.id) filter (where btrim(coalesce(a.config #>> '{consent,text}', '')) <> ''
                                            and a.config #>> '{consent,text}' is distinct from v.consent_text), '{}')
    into forsaken, owing
    from unnest(renus.acting_visitors()) w (id)
    left join public.visitors v on v.id = w.id
    left join public.agents a on a.id = v.agent_id and a.status = 'active';
end $function$
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.user_client_id()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  subject uuid := auth.uid();
  person public.profiles;
begin
  select * into person from public.profiles where id = subject;
  if found then
    return case when person.role = 'client' then person.client_id end;
  end if;
  return (select k.client_id from public.api_keys k
           where k.id = subject and (k.expires_at is null or k.expires_at > now()));
end $function$
;
grant execute to authenticated;

CREATE OR REPLACE FUNCTION renus.visitor_agent_status()
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return (select a.status from public.visitors v join public.agents a on a.id = v.agent_id where v.id = renus.claim_uuid('sub'));
end $function$
;
grant execute to renus_visitor;

CREATE OR REPLACE FUNCTION renus.visitor_owes_consent()
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return exists (select from public.visitors v join public.agents a on a.id = v.agent_id
                  where v.id = renus.claim_uuid('sub')
                    and btrim(coalesce(a.config #>> '{consent,text}', '')) <> ''
                    and a.config #>> '{consent,text}' is distinct from v.consent_text);
end $function$
;
grant execute to renus_visitor;
