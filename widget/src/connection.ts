import { io, type Socket } from "socket.io-client";
import type { ForgetAck, Reply, SayAck, Saying, Session, Thumb } from "./protocol";
import { Token } from "./token";

const ACK_MS = 10_000;
const FORGET_MS = 20_000;
const ANSWER_MS = 60_000;
const GIVE_UP_MS = 180_000;
const REFUSED_MS = 3_000;
const TRIES = 3;

export type State = "connecting" | "connected" | "lost" | "unreachable";
export type Failure = "not_sent" | "no_answer";

interface Outgoing {
  saying: Saying;
  state: "waiting" | "received" | "failed";
  tries: number;
  overdue?: number;
}

/** What a connection tells its owner. */
export interface Listener {
  state(state: State, attempt: number): void;
  session(session: Session, ended: boolean): void;
  received(id: string): void;
  delayed(error: "rate_limited" | "busy", seconds: number): void;
  failed(id: string, failure: Failure): void;
  answer(id: string, replies: Reply[]): void;
  said(id: string, text: string): void;
  forgotten(): void;
}

/** The socket, and the queue of messages that have had no answer. */
export class Connection {
  private readonly socket: Socket;
  private readonly token = new Token();
  private readonly queue = new Map<string, Outgoing>();
  private state: State = "unreachable";
  private attempt = 0;
  // Acks of an earlier round, from before a loss, no longer count.
  private round = 0;
  private sending = false;
  private forgetting = false;
  private held = 0;
  private deadline = 0;
  private refused = 0;

  constructor(
    base: URL,
    private readonly listener: Listener,
    country: string | null,
  ) {
    this.socket = io(base.origin, {
      path: `${base.pathname}socket.io`,
      autoConnect: false,
      forceNew: true,
      reconnectionDelayMax: 5000,
      timeout: 10_000,
      auth: (send) => send({ token: this.token.value, locale: navigator.language, country: country ?? undefined }),
    });
    this.socket
      .on("session", (session: Session) => this.begin(session))
      .on("answer", ({ id, replies }: { id: string; replies: Reply[] }) => {
        this.drop(id);
        listener.answer(id, replies);
      })
      .on("said", ({ id, text }: { id: string; text: string }) => listener.said(id, text))
      .on("forgotten", ({ token }: { token: string }) => {
        this.token.value = token;
        for (const id of this.queue.keys()) if (!this.waiting.includes(id)) this.drop(id);
        listener.forgotten();
      })
      .on("disconnect", (reason) => {
        if (reason !== "io client disconnect") this.lose("lost");
        // The library leaves a socket closed that the server has closed.
        if (reason === "io server disconnect") this.reconnect();
      })
      .on("connect_error", () => {
        this.attempt += 1;
        this.lose(this.state === "lost" ? "lost" : "connecting");
        if (!this.socket.active) this.refused = window.setTimeout(() => this.reconnect(), REFUSED_MS);
      });
  }

  /** Whether there has been an earlier conversation in this tab. */
  get known(): boolean {
    return this.token.value !== undefined;
  }

  /** Connects, or tries again at once. */
  open = (): void => {
    if (this.state === "connected") return;
    this.lose(this.state === "lost" ? "lost" : "connecting");
    this.reconnect();
  };

  /** Ends the connection; `open` resumes it. */
  close(): void {
    this.stop("unreachable");
  }

  /** Queues a message and sends it as soon as can be; gives its id. */
  say(saying: Saying): string {
    const id = makeId();
    this.queue.set(id, { saying, state: "waiting", tries: 0 });
    this.pump();
    return id;
  }

  /** Sends a failed message again. */
  retry(id: string): void {
    const message = this.queue.get(id);
    if (!message) return;
    Object.assign(message, { state: "waiting", tries: 0 });
    this.pump();
  }

  /** Whether a message waits for its answer. */
  get awaiting(): boolean {
    return [...this.queue.values()].some((message) => message.state === "received");
  }

  /** The messages that the server has not said to have. */
  get waiting(): string[] {
    return [...this.queue].filter(([, { state }]) => state === "waiting").map(([id]) => id);
  }

  /** Tells what the person thinks of a reply; gives whether it was kept. */
  async thumb(id: string, index: number, value: Thumb): Promise<boolean> {
    const ack = await this.ask<{ ok: boolean }>("thumb", { id, index, value });
    return ack?.ok ?? false;
  }

  /**
   * Erases the conversation on the server; gives the last words, or null where that failed.
   * What is written meanwhile waits, and belongs to the new conversation.
   */
  async forget(): Promise<Reply[] | null> {
    if (this.state !== "connected") return null;
    const before = [...this.queue.keys()];
    this.forgetting = true;
    const ack = await this.ask<ForgetAck>("forget", {}, FORGET_MS);
    this.forgetting = false;
    if (ack?.ok) {
      this.token.value = ack.token;
      for (const id of before) this.drop(id);
      this.pump();
      return ack.replies;
    }
    // It may have been done after all: the session that comes next tells.
    if (!ack) this.reconnect();
    else this.pump();
    return null;
  }

  private async ask<Ack>(event: string, data: object, patience = ACK_MS): Promise<Ack | null> {
    if (this.state !== "connected") return null;
    return this.socket.timeout(patience).emitWithAck(event, data).catch(() => null);
  }

  private begin(session: Session): void {
    const ended = this.known && !session.resumed;
    this.token.value = session.token;
    for (const entry of session.history) if (entry.from === "charley" && entry.id) this.drop(entry.id);
    this.settle("connected");
    this.listener.session(session, ended);
    this.pump();
  }

  // One message at a time, so that they arrive in order.
  private pump(): void {
    if (this.state === "unreachable") this.open();
    if (this.state !== "connected" || this.sending || this.forgetting || this.held) return;
    const next = [...this.queue].find(([, message]) => message.state === "waiting");
    if (!next) return;
    const [id, message] = next;
    const round = this.round;
    this.sending = true;
    this.socket.timeout(ACK_MS).emit("say", { id, ...message.saying }, (_late: unknown, ack?: SayAck) => {
      if (round !== this.round) return;
      this.sending = false;
      if (this.queue.get(id) === message) this.settleAck(id, message, ack);
      this.pump();
    });
  }

  private settleAck(id: string, message: Outgoing, ack?: SayAck): void {
    message.tries += 1;
    if (ack?.ok) {
      message.state = "received";
      message.overdue = window.setTimeout(() => this.fail(id, message, "no_answer"), ANSWER_MS);
      this.listener.received(id);
    } else if (ack?.error === "invalid" || message.tries > TRIES) {
      this.fail(id, message, "not_sent");
    } else if (ack) {
      this.held = window.setTimeout(() => {
        this.held = 0;
        this.pump();
      }, ack.retry_after * 1000);
      this.listener.delayed(ack.error, Math.ceil(ack.retry_after));
    }
  }

  private fail(id: string, message: Outgoing, failure: Failure): void {
    message.state = "failed";
    this.listener.failed(id, failure);
  }

  private drop(id: string): void {
    clearTimeout(this.queue.get(id)?.overdue);
    this.queue.delete(id);
  }

  private reconnect(): void {
    clearTimeout(this.refused);
    // Ends a pause between two attempts of the library.
    this.socket.disconnect().connect();
  }

  private lose(state: "connecting" | "lost"): void {
    if (!this.deadline) {
      this.deadline = window.setTimeout(() => this.stop("unreachable"), GIVE_UP_MS);
      addEventListener("online", this.open);
    }
    this.reset();
    this.state = state;
    this.listener.state(state, this.attempt);
  }

  private stop(state: "unreachable"): void {
    this.socket.disconnect();
    this.reset();
    this.settle(state);
  }

  private settle(state: "connected" | "unreachable"): void {
    clearTimeout(this.deadline);
    clearTimeout(this.refused);
    removeEventListener("online", this.open);
    this.deadline = this.attempt = 0;
    this.state = state;
    this.listener.state(state, 0);
  }

  // Whatever has had no answer is sent again after a loss; the server knows the ids it has seen.
  private reset(): void {
    this.round += 1;
    this.sending = false;
    clearTimeout(this.held);
    this.held = 0;
    for (const message of this.queue.values()) {
      clearTimeout(message.overdue);
      Object.assign(message, { state: "waiting", tries: 0 });
    }
  }
}

// randomUUID is missing on pages without https.
function makeId(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
}
