-- The product as it stood before agents existed: each client had flat sub_agents, published one by one.

create table public.clients (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  role text not null default 'client' check (role in ('admin', 'client')),
  client_id uuid references public.clients (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_profiles_client_id on public.profiles (client_id);

create table public.sub_agents (
  id uuid primary key default gen_random_uuid(),
  client_id uuid references public.clients (id) on delete cascade,
  name text not null,
  description text,
  slug text unique,
  model text not null default 'gpt-4o-mini',
  system_prompt text not null default '',
  channel text not null default 'whatsapp',
  template_type text,
  status text not null default 'draft',
  is_public boolean not null default false,
  public_url text,
  config jsonb not null default '{}',
  access_count integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_sub_agents_client_id on public.sub_agents (client_id);

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete cascade,
  sub_agent_id uuid references public.sub_agents (id) on delete set null,
  status text not null default 'open',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index idx_conversations_client_id on public.conversations (client_id);
create index idx_conversations_sub_agent_id on public.conversations (sub_agent_id);

create table public.messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  role text not null,
  content text not null,
  created_at timestamptz not null default now()
);
create index idx_messages_conversation_id on public.messages (conversation_id);

alter table public.clients enable row level security;
alter table public.profiles enable row level security;
alter table public.sub_agents enable row level security;
alter table public.conversations enable row level security;
alter table public.messages enable row level security;

create policy "Users can view own client" on public.clients
  for select using (id in (select client_id from public.profiles where profiles.id = auth.uid()));
create policy "Users can view own profile" on public.profiles
  for select using (id = auth.uid());
create policy "Users can view own sub_agents" on public.sub_agents
  for select using (client_id in (select client_id from public.profiles where profiles.id = auth.uid()));
create policy "Users can view own conversations" on public.conversations
  for select using (client_id in (select client_id from public.profiles where profiles.id = auth.uid()));
create policy "Users can view own messages" on public.messages
  for select using (conversation_id in (select id from public.conversations));
