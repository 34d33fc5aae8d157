import { html, nothing, type TemplateResult } from "lit";
import type { Message, Note } from "../../protocol/resources.ts";
import { deleteNote, type TracedMessage } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import type { PendingMessage, Thread } from "../live/thread.ts";
import { errorWords } from "../request.ts";
import { account } from "../session.ts";
import "./correction-menu.ts";
import { icon } from "./icons.ts";
import { markdown } from "./markdown.ts";
import { toast } from "./toast.ts";
import { traceView } from "./trace.ts";
import { clockTime, fullTime } from "./words.ts";

/** Where a message stands in its thread. */
export interface Place {
  /** What the visitor is called, when that is known. */
  visitor: string | null;
  /** Of the newest own message: whether the visitor has seen it; null for all others. */
  isRead: boolean | null;
  why: Pick<TracedMessage, "trace" | "correction"> | undefined;
  isLast: boolean;
}

/** One message: visitors stand at the start, whoever answers them at the end. */
export function threadMessage(thread: Thread, message: Message, { visitor, isRead, why, isLast }: Place): TemplateResult {
  const { role, content, status, sender, created_at } = message;
  if (role === "system") return html`<p class="system-line" dir="auto">${content}</p>`;
  const isVisitor = role === "visitor";
  const who = sender.name ?? (isVisitor ? (visitor ?? t("Visitor")) : role === "assistant" ? t("Assistant") : t("A person"));
  const isStreaming = status === "streaming";
  return html`<article class="said is-${role}">
    <p class="said-who">
      <bdi>${who}</bdi> <time datetime=${created_at} title=${fullTime(created_at)}>${clockTime(created_at)}</time>
    </p>
    <div class="bubble ${role === "operator" ? "is-visitor" : ""} from-${role}" dir="auto">
      ${
        isStreaming && !content
          ? html`<span class="is-writing">${t("Writing…")}</span>`
          : role === "assistant"
            ? markdown(content, isStreaming)
            : html`<span class="bubble-text">${content}</span>`
      }
    </div>
    ${isStreaming ? html`<button type="button" class="link" @click=${() => thread.stopReply(message.id)}>${t("Stop reply")}</button>` : nothing}
    ${status === "cancelled" ? html`<p class="said-note">${t("Stopped")}</p>` : nothing}
    ${
      status === "failed"
        ? html`<p class="said-note is-problem">
            ${t("The reply failed.")} ${message.error_code ? html`<code>${message.error_code}</code>` : nothing}
            ${isLast ? html`<button type="button" class="link" @click=${() => thread.retryReply(message.id)}>${t("Retry")}</button>` : nothing}
          </p>`
        : nothing
    }
    ${isRead === null ? nothing : html`<p class="said-note">${isRead ? t("Read") : t("Sent")}</p>`}
    ${message.feedback ? ratingMark(message.feedback) : nothing}
    ${
      why?.trace
        ? html`<div class="said-why">
            ${traceView(why.trace)}
            <correction-menu .thread=${thread} message-id=${message.id} .why=${why}></correction-menu>
          </div>`
        : nothing
    }
  </article>`;
}

function ratingMark(rating: NonNullable<Message["feedback"]>): TemplateResult {
  const words = rating === "up" ? t("The visitor found this helpful.") : t("The visitor found this not helpful.");
  return html`<p class="rating is-${rating}" title=${words}>${icon(rating)}<span class="visually-hidden">${words}</span></p>`;
}

/** What only colleagues see. */
export function noteView(thread: Thread, note: Note): TemplateResult {
  const isMine = note.author_id === account().id || account().role === "admin";
  const remove = async () => {
    try {
      await deleteNote(thread.id, note.id);
      thread.dropNote(note.id);
    } catch (err) {
      toast(errorWords(err));
    }
  };
  return html`<article class="note">
    <p class="said-who">
      ${icon("note")}<span>${t("Note by {name}", { name: note.author_name ?? t("A person") })}</span>
      <time datetime=${note.created_at} title=${fullTime(note.created_at)}>${clockTime(note.created_at)}</time>
      ${
        isMine
          ? html`<button type="button" class="button is-quiet is-icon is-tiny" aria-label=${t("Delete note")} @click=${remove}>
              ${icon("trash")}
            </button>`
          : nothing
      }
    </p>
    <p class="bubble-text" dir="auto">${note.content}</p>
  </article>`;
}

/** Written and not stored yet. */
export function pendingView(thread: Thread, { id, content, error }: PendingMessage): TemplateResult {
  return html`<article class="said is-operator">
    <div class="bubble is-visitor is-pending" dir="auto"><span class="bubble-text">${content}</span></div>
    ${
      error === null
        ? html`<p class="said-note">${t("Sending…")}</p>`
        : html`<p class="said-note is-problem" role="alert">
            ${t("Not sent.")} ${error}
            <button type="button" class="link" @click=${() => void thread.post(content, id)}>${t("Retry")}</button>
            <button type="button" class="link" @click=${() => thread.discard(id)}>${t("Discard")}</button>
          </p>`
    }
  </article>`;
}
