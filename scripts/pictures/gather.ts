/**
 * What the screenshots show: the log of a good and of a failing run of the sample, and the page the task attaches
 * (how to use the image, and its notes, are left out).
 */
import { samplePipeline, sampleVariables } from "../runner/sample.ts";
import { createConsole } from "../runner/run/console.ts";
import { runSession, withEmulator } from "../runner/session.ts";
import { excerpt } from "./excerpt.ts";

/** Each picture's content, as the local runner shows it: lines with the terminal's colours, or Markdown. */
export interface Shown {
  readonly log: readonly string[];
  readonly failure: readonly string[];
  readonly summary: string;
}

/** A script that ends as many do: the package has another name. */
const failingScript = "sudo apt-get install --yes trail-log-agent\nsudo /tmp/app/install.sh";

/** Runs the sample twice with the packaged task. `root` is the project's folder, `extension` the `.vsix`. Throws where a run ends otherwise. */
export async function gatherShown(root: string, extension: string): Promise<Shown> {
  return withEmulator(async (emulator) => {
    const run = async (inputs: Readonly<Record<string, string>>, expected: string) => {
      const lines: string[] = [];
      const write = (text: string): void => void lines.push(...text.replace(/\n$/, "").split("\n"));
      const variables = sampleVariables(emulator.description);
      const sink = createConsole({ write, colour: true });
      const report = await runSession(emulator, { pipeline: samplePipeline(root), extension, variables, inputs, sink });
      if (report.result !== expected) throw new Error(`The run ended ${report.result}:\n${lines.join("\n")}`);
      return { report, lines };
    };
    const good = await run({}, "Succeeded");
    const bad = await run({ inlineScript: failingScript }, "Failed");
    // The first page says what was checked, the last what was made.
    const page = good.report.attachments.findLast(({ type }) => type.endsWith(".Summary"));
    if (page === undefined) throw new Error("The task attached no summary.");
    const lines = page.content.split("\n");
    const [use = 0, phases = 0, notes = 0] = ["### Use the image", "### Phases", "### Notes"].map((line) =>
      lines.indexOf(line),
    );
    if (use < 0 || phases < use || notes < phases) throw new Error(`The summary has other parts:\n${page.content}`);
    return {
      log: [
        ...excerpt(good.lines, /^> Preflight/, /^Storage container/),
        "…",
        ...excerpt(good.lines, /^Creating image template/, /^The whole log/),
      ],
      failure: excerpt(bad.lines, /^Error: The image build failed/, /^-- Finishing/),
      summary: [...lines.slice(0, use), "…\n", ...lines.slice(phases, notes)].join("\n"),
    };
  });
}
