/** What the server and the widget say to each other. */

export type CareLevel = "none" | "see_doctor" | "urgent_same_day" | "emergency" | "crisis";
export type Thumb = "up" | "down" | null;

export interface Button {
  title: string;
  payload: string;
}

export interface Source {
  id: string;
  title: string;
  url: string | null;
}

export interface Points {
  type: "points";
  opening: string;
  items: string[];
}

export interface Table {
  type: "table";
  columns: string[];
  rows: { title: string; cells: string[] }[];
}

export type Block = { type: "text"; text: string } | Points | Table;

export interface Picture {
  name: string;
  alt: string;
  caption: string;
}

export interface Choices {
  question?: string;
  prompt?: string;
  multiple: boolean;
  options: { title: string; value: string }[];
  none: string | null;
}

export interface Reply {
  text: string;
  buttons: Button[];
  metadata: {
    kind: "answer" | "care" | "clarify" | "decline" | "smalltalk" | "fallback" | "notice";
    care_level: CareLevel;
    sources: Source[];
    fact_ids: string[];
    blocks?: Block[];
    pictures?: Picture[];
    choices?: Choices;
    summary?: boolean;
  };
}

export type Entry =
  | { from: "person"; id: string | null; text: string }
  | { from: "charley"; id: string | null; index: number; reply: Reply; thumb: Thumb };

export interface Emergency {
  numbers: { number: string; place: string | null }[];
}

export interface Session {
  token: string;
  resumed: boolean;
  history: Entry[];
  max_characters: number;
  emergency: Emergency;
}

/** What a person says: typed text, or a button that was pressed. */
export type Saying = { text: string } | { payload: string; title: string };

export type SayAck =
  | { ok: true }
  | { ok: false; error: "rate_limited" | "busy"; retry_after: number }
  | { ok: false; error: "invalid" };

export type ForgetAck = { ok: true; token: string; replies: Reply[] } | { ok: false };
