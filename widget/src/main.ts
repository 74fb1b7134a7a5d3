import { script } from "./base";
import { CharleyChat, OPTIONS } from "./element";

if (!customElements.get("charley-chat")) customElements.define("charley-chat", CharleyChat);

// Only when the page is complete is it sure that it has no <charley-chat> of its own.
if (script) {
  const { dataset } = script;
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => embed(dataset));
  else embed(dataset);
}

function embed(dataset: DOMStringMap): void {
  if (document.querySelector("charley-chat")) return;
  const chat = document.createElement("charley-chat");
  for (const name of OPTIONS) {
    const value = dataset[name];
    if (value !== undefined) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}
