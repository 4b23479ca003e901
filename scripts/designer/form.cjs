/* global document */
/**
 * Draws the form of a task as the classic designer lays it out, and follows its visible rules. Runs in the page, as a
 * plain script: `docs/designer.html` carries it whole. The rules' grammar: clauses joined all by `&&` or all by `||`;
 * a clause on an input that is itself invisible is false; values are compared without regard to case.
 */
"use strict";

/** A new element with attributes (a function is a listener) and children. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Text with its `code` marked up: the only Markdown that help texts use. */
function marked(text) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? make("code", {}, part) : part));
}

const operators = {
  "=": (given, wanted) => given === wanted,
  "==": (given, wanted) => given === wanted,
  "!=": (given, wanted) => given !== wanted,
};

/** `rule` as clauses and how they are joined. Throws for one that the grammar does not have. */
function readRule(rule) {
  const clauses = rule.split(/ (?:&&|\|\|) /).map((text) => {
    const [, input, operator, value] = /^(\w+) (=|==|!=) (.*)$/.exec(text) ?? [];
    if (input === undefined) throw new Error(`Not a clause of a visible rule: ${text}`);
    return { input, operator, value: value === '""' ? "" : value.toLowerCase() };
  });
  return { clauses, joined: rule.includes("||") ? "some" : "every" };
}

/** The form of one task: its state, and what is visible in it. */
function openForm(manifest) {
  const values = new Map();
  const inputs = new Map(manifest.inputs.map((input) => [input.name, input]));
  const groups = new Map(manifest.groups.map((group) => [group.name, group]));
  const holds = (rule) => {
    if (rule === undefined) return true;
    const { clauses, joined } = readRule(rule);
    return clauses[joined](
      ({ input, operator, value }) =>
        isVisible(input) && operators[operator]((values.get(input) ?? "").toLowerCase(), value),
    );
  };
  const isGroupVisible = (name) => holds(groups.get(name)?.visibleRule);
  const isVisible = (name) => {
    const input = inputs.get(name);
    return input !== undefined && isGroupVisible(input.groupName) && holds(input.visibleRule);
  };
  const reset = () => manifest.inputs.forEach(({ name, defaultValue }) => values.set(name, defaultValue));
  reset();
  return { manifest, values, isVisible, isGroupVisible, reset };
}

/** The control of an input; `changed` is called with each new value. */
function control(input, { id, listed, changed }) {
  const { type, options, properties } = input;
  const onInput = ({ target }) => changed(target.type === "checkbox" ? String(target.checked) : target.value);
  if (type === "boolean") return make("input", { id, type: "checkbox", change: onInput });
  if (type === "multiLine") {
    return make("textarea", { id, rows: properties?.rows ?? 4, spellcheck: "false", input: onInput });
  }
  const entries = Object.entries(options ?? {}).map(([value, text]) => make("option", { value }, text));
  if (type === "pickList" && properties?.EditableOptions !== "True") {
    return make("select", { id, change: onInput }, ...entries);
  }
  const field = make("input", {
    id,
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    list: entries.length > 0 ? `${id}-list` : undefined,
    placeholder: listed ?? (entries.length > 0 ? "choose from the list, or write another" : undefined),
    input: onInput,
  });
  return entries.length === 0 ? field : make("span", {}, field, make("datalist", { id: `${id}-list` }, ...entries));
}

/** What an empty list says of where its entries come from. */
function listedFrom({ dataSourceBindings = [] }, { name, type }) {
  if (type.startsWith("connectedService:")) return "a service connection of the project";
  const binding = dataSourceBindings.find(({ target }) => target === name);
  if (binding === undefined) return undefined;
  const needs = Object.values(binding.parameters ?? {}).map((text) => text.replace(/^\$\((.*)\)$/, "$1"));
  return `listed from the connection${needs.length === 0 ? "" : ` and ${needs.join(", ")}`}`;
}

/** One line of the form. */
function inputRow(form, input, refresh) {
  const { name, label, required, aliases = [], helpMarkDown, type, visibleRule } = input;
  const id = `${form.manifest.name}-${name}`;
  const changed = (value) => {
    form.values.set(name, value);
    refresh();
  };
  const help = make("div", { class: "help", hidden: true }, ...marked(helpMarkDown));
  const ask = make("button", { type: "button", class: "ask", "aria-label": `Help: ${label}` }, "i");
  ask.addEventListener("click", () => (help.hidden = !help.hidden));
  const title = make("label", { for: id }, label, required ? make("b", { class: "required" }, " *") : undefined);
  const field = control(input, { id, listed: listedFrom(form.manifest, input), changed });
  const facts = make(
    "div",
    { class: "facts" },
    make("code", { class: "name" }, name),
    aliases.length > 0 ? make("span", { class: "older" }, `older name: ${aliases.join(", ")}`) : undefined,
    visibleRule !== undefined ? make("span", { class: "rule" }, `visible when ${visibleRule}`) : undefined,
  );
  const head = type === "boolean" ? [field, title, ask] : [title, ask];
  return make(
    "div",
    { class: `row ${type === "boolean" ? "check" : ""}`, "data-input": name },
    make("div", { class: "title" }, ...head),
    type === "boolean" ? undefined : field,
    make("div", { class: "missing", hidden: true }, "This setting is required."),
    facts,
    help,
  );
}

/** A part of the form under a heading that folds it. */
function section({ name, title, isExpanded, note }, ...content) {
  const body = make("div", { class: "body", hidden: !isExpanded }, ...content);
  const toggle = make("button", { type: "button", class: "fold", "aria-expanded": String(isExpanded) }, title);
  toggle.addEventListener("click", () => {
    body.hidden = !body.hidden;
    toggle.setAttribute("aria-expanded", String(!body.hidden));
  });
  const rule = note === undefined ? undefined : make("span", { class: "facts rule" }, `visible when ${note}`);
  return make("section", { "data-group": name }, make("h3", {}, toggle), rule, body);
}

/** The outputs a task declares, under the reference name as later steps write them. */
function outputSection({ outputVariables }) {
  const list = make("ul", { class: "outputs" });
  const draw = (reference) =>
    list.replaceChildren(
      ...outputVariables.map(({ name, description }) =>
        make("li", {}, make("code", {}, reference === "" ? name : `${reference}.${name}`), ` ${description}`),
      ),
    );
  const field = make("input", { type: "text", spellcheck: "false", input: ({ target }) => draw(target.value) });
  draw("");
  return section(
    { title: "Output Variables", isExpanded: false },
    make("label", { class: "row" }, "Reference name", field),
    list,
  );
}

/** The whole form of a task. */
function drawTask(manifest) {
  const form = openForm(manifest);
  const title = make("input", { type: "text", readonly: true, class: "display-name" });
  const refresh = () => {
    for (const row of view.querySelectorAll("[data-input]")) {
      const input = manifest.inputs.find(({ name }) => name === row.dataset.input);
      row.hidden = !form.isVisible(input.name);
      const isMissing = input.required && !row.hidden && form.values.get(input.name) === "";
      row.querySelector(".missing").hidden = !isMissing;
    }
    for (const part of view.querySelectorAll("section[data-group]")) {
      part.hidden = !form.isGroupVisible(part.dataset.group);
    }
    title.value = manifest.instanceNameFormat.replace(/\$\((\w+)\)/g, (_, name) => form.values.get(name) ?? "");
  };
  const fill = () => {
    for (const row of view.querySelectorAll("[data-input]")) {
      const field = row.querySelector("input, select, textarea");
      const value = form.values.get(row.dataset.input);
      if (field.type === "checkbox") field.checked = value === "true";
      else field.value = value;
    }
    refresh();
  };
  const restore = make("button", { type: "button", class: "reset" }, "Defaults");
  restore.addEventListener("click", () => {
    form.reset();
    fill();
  });
  const rows = (group) => manifest.inputs.filter(({ groupName }) => groupName === group);
  const { friendlyName, description, version } = manifest;
  const view = make(
    "article",
    { "data-task": manifest.name },
    make(
      "header",
      {},
      make("h2", {}, friendlyName),
      make("span", { class: "version" }, `Task version ${version.Major}.*`),
    ),
    make("p", { class: "description" }, description),
    make("label", { class: "row" }, make("span", {}, "Display name ", make("b", { class: "required" }, "*")), title),
    ...manifest.groups.map(({ name, displayName, isExpanded, visibleRule }) =>
      section(
        { name, title: displayName, isExpanded, note: visibleRule },
        ...rows(name).map((input) => inputRow(form, input, refresh)),
      ),
    ),
    outputSection(manifest),
    restore,
  );
  fill();
  return view;
}

/** Both tasks behind tabs, and what is shown of the facts beneath each input. */
function drawPage() {
  const manifests = JSON.parse(document.getElementById("tasks").textContent);
  const views = manifests.map(drawTask);
  const tabs = manifests.map(({ friendlyName, name }) =>
    make("button", { type: "button", role: "tab", "data-tab": name }, friendlyName),
  );
  const choose = (chosen) => {
    views.forEach((view, at) => (view.hidden = at !== chosen));
    tabs.forEach((tab, at) => tab.setAttribute("aria-selected", String(at === chosen)));
  };
  tabs.forEach((tab, at) => tab.addEventListener("click", () => choose(at)));
  const showHelp = ({ target }) =>
    document.querySelectorAll(".help").forEach((help) => (help.hidden = !target.checked));
  const showFacts = ({ target }) => document.body.classList.toggle("with-facts", target.checked);
  const tool = (id, text, change) =>
    make("label", { class: "tool" }, make("input", { id, type: "checkbox", change }), text);
  document
    .getElementById("form")
    .append(
      make("nav", { role: "tablist" }, ...tabs),
      make(
        "div",
        { class: "tools" },
        tool("show-help", "All help texts", showHelp),
        tool("show-facts", "Names, older names and rules", showFacts),
      ),
      ...views,
    );
  choose(0);
}

drawPage();
