const KEY = "charley-token";

/** The token of the conversation, kept for this tab; in memory where the browser keeps nothing. */
export class Token {
  private memory: string | undefined;

  get value(): string | undefined {
    try {
      return sessionStorage.getItem(KEY) ?? this.memory;
    } catch {
      return this.memory;
    }
  }

  set value(token: string | undefined) {
    this.memory = token;
    try {
      if (token === undefined) sessionStorage.removeItem(KEY);
      else sessionStorage.setItem(KEY, token);
    } catch {
      // Storage may be switched off: the memory serves until the page is left.
    }
  }
}
