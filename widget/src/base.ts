/** The script tag that this bundle came from. */
export const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;

/** Where the widget's files and socket are: on the server named, else next to the script. */
export function widgetBase(server: string | null): URL {
  if (server) return new URL("widget/", new URL(server.replace(/\/*$/, "/"), document.baseURI));
  return new URL(".", script?.src ?? new URL("/widget/", document.baseURI));
}
