-- Rows come in the order of their times, so that an index of a few pages finds those of a period.
create index idx_messages_created_at on public.messages using brin (created_at) with (pages_per_range = 32);
create index idx_message_traces_created_at on public.message_traces using brin (created_at) with (pages_per_range = 32);
create index idx_conversations_created_at on public.conversations using brin (created_at) with (pages_per_range = 32);
