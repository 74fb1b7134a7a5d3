// A plain list to choose from tells Dash what was chosen: Dash's own drop-down is not usable by all.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("select[data-value]")) return;
  const id = target.id.startsWith("{") ? JSON.parse(target.id) : target.id;
  window.dash_clientside.set_props(id, { "data-value": target.value });
});
