// Follows a file that is being looked at. Without this script the page is asked for again by its link.
for (const box of document.querySelectorAll("[data-events]")) {
  const bar = box.querySelector("progress");
  const text = box.querySelector("span");
  const source = new EventSource(box.dataset.events);
  source.addEventListener("message", (event) => {
    const told = JSON.parse(event.data);
    bar.value = told.share * 100;
    text.textContent = `${Math.floor(told.share * 100)} %`;
    if (told.state === "waiting" || told.state === "checking") return;
    source.close();
    location.reload();
  });
}
