const body = document.querySelector("#routes");
const longest = document.querySelector("#longest");
const message = document.querySelector("#message");

async function show() {
  const response = await fetch(`/api/routes?to=${encodeURIComponent(longest.value || "1000")}`);
  if (!response.ok) {
    message.textContent = `The routes could not be read (${response.status}).`;
    return;
  }
  const routes = await response.json();
  body.replaceChildren(...routes.map(rowOf));
  message.textContent = routes.length === 1 ? "1 route" : `${routes.length} routes`;
}

function rowOf({ name, walked, kilometres, metresUp }) {
  const row = document.createElement("tr");
  for (const text of [name, new Date(walked).toLocaleDateString(), `${kilometres} km`, `${metresUp} m`]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

longest.addEventListener("input", show);
show();
