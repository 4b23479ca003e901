/** The README's tables of inputs and outputs, made from task.json. */

/** The parts of task.json that the tables show. */
export interface Manifest {
  readonly groups: readonly { readonly name: string; readonly displayName: string }[];
  readonly inputs: readonly ManifestInput[];
  readonly outputVariables: readonly { readonly name: string; readonly description: string }[];
  readonly restrictions: { readonly settableVariables: { readonly allowed: readonly string[] } };
}

/** One input of task.json. */
export interface ManifestInput {
  readonly name: string;
  readonly type: string;
  readonly aliases?: readonly string[];
  readonly defaultValue: string;
  readonly required: boolean;
  readonly groupName: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly helpMarkDown: string;
}

/** A table for each group of inputs. Throws where an input has no help text. */
export function inputTables({ groups, inputs }: Manifest): string {
  return groups
    .map(({ name, displayName }) => {
      const rows = inputs.filter(({ groupName }) => groupName === name).map(inputRow);
      return [
        `**${displayName}**`,
        "",
        "| input | default | older names | meaning |",
        "| --- | --- | --- | --- |",
        ...rows,
      ];
    })
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Plain outputs first, without a description of their own in task.json, then the declared ones; `step` is the step's name. */
export function outputTable({ outputVariables, restrictions }: Manifest, step = "image"): string {
  const declared = new Map(outputVariables.map(({ name, description }) => [name, description]));
  const rows = restrictions.settableVariables.allowed.map((name) => {
    const description = declared.get(name);
    return description === undefined
      ? `| \`${name}\` | \`$(${name})\` and \`$(${step}.${name})\` | ${plainOutput(name)} |`
      : `| \`${name}\` | \`$(${step}.${name})\` | ${cell(description)} |`;
  });
  return [`| output | in a later step (\`name: ${step}\`) | meaning |`, "| --- | --- | --- |", ...rows].join("\n");
}

const plainOutputs: Readonly<Record<string, string>> = {
  imageUri: "Resource ID of the image, or the address of the VHD.",
  templateName: "Name of the image template.",
  templateId: "Resource ID of the image template.",
  pirPublisher: "Publisher of a Marketplace source image.",
  pirOffer: "Offer of a Marketplace source image.",
  pirSku: "SKU of a Marketplace source image.",
  pirVersion: "Exact version of a Marketplace source image.",
};

function plainOutput(name: string): string {
  const description = plainOutputs[name];
  if (description === undefined) throw new Error(`The output ${name} has no description.`);
  return description;
}

function inputRow({ name, aliases, defaultValue, required, options, properties, helpMarkDown }: ManifestInput): string {
  if (helpMarkDown === "") throw new Error(`The input ${name} has no help text.`);
  // The options of an editable list are proposals, not all that is legal.
  const isClosed = properties?.["EditableOptions"] !== "True";
  const others = isClosed ? Object.keys(options ?? {}).filter((key) => key !== defaultValue) : [];
  const value = required ? "required" : defaultValue === "" ? "" : `\`${defaultValue}\``;
  const choice = others.length === 0 ? "" : ` (${others.map((key) => `\`${key}\``).join(", ")})`;
  const older = (aliases ?? []).map((alias) => `\`${alias}\``).join(", ");
  return `| \`${name}\` | ${value}${choice} | ${older} | ${cell(helpMarkDown)} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
