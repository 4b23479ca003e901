/** `docs/designer.html`: the forms of the tasks as the classic designer lays them out, in one file without any network. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

/** What the page says of itself. */
const about =
  "How the classic designer of Azure Pipelines lays out the tasks' inputs: groups, visible rules, defaults and help are " +
  "those of the <code>task.json</code> files, from which <code>npm run readme</code> makes this page. It is not part of " +
  "Azure DevOps: lists that a service connection fills are empty here, and anything can be written into them.";

/** The page with the forms of these task.json files, in their order. */
export function designerPage(manifests: readonly object[]): string {
  // Within a script element, `<` could begin its end.
  const data = JSON.stringify(manifests).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>The tasks in the classic designer</title>
<style>
${read("page.css")}
</style>
</head>
<body>
<main>
<h1>The tasks in the classic designer</h1>
<p class="about">${about}</p>
<div id="form"></div>
</main>
<script type="application/json" id="tasks">${data}</script>
<script>
${read("form.cjs")}
</script>
</body>
</html>
`;
}
