"use strict";
document.getElementById("open").addEventListener("click", () => {
  const chat = document.querySelector("charley-chat");
  if (chat && chat.open) chat.open();
});
