// Shows how a host page talks to the widget: methods of the element, no global name.
const chat = document.querySelector("reso-chat");
document.querySelector("#ask").addEventListener("click", () => chat.open());
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => chat.send(button.dataset.ask));
}
