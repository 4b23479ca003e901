/**
 * Every secret that enters the packaged task is unique here, and is looked for in everything the task leaves: what its
 * process prints before any agent masks it, the pipeline's log, attachments, the summary, the agent's temporary folder.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readWorld, type WorldFile } from "../emulator/core/world-file.ts";
import { type Emulator, type SeenSecret } from "../emulator/index.ts";
import { makeCertificate } from "../unit/adapters/certificates.ts";
import { type CanaryEnd, type CanaryRun, type CanaryStage, openCanaryStage } from "./canary-stage.ts";
import { type Canary, findLeaks, formsOf, type Place } from "./find-leaks.ts";

/** Twenty random letters and digits among the signs that encodings treat differently. */
const make = (signs: string): string => {
  const text = randomBytes(20).toString("hex").slice(0, 24);
  return [text.slice(0, 8), text.slice(8, 16), text.slice(16)].join(signs);
};

const inScript = make(`/+'"\\`);
const inList = make(`&<>%`);
const inEnvironment = make(`=& +'é`);
const inFile = make(`"<\\+`);
const inValidation = make(`~!*()'`);
const nowhere = make(`#$@^`);
const connectionKey = make("~_.");
const wrongKey = make("~_.");
const proxyUserPassword = make(":@/%");

const secrets = {
  scriptPassword: inScript,
  "List.Password": inList,
  environmentPassword: inEnvironment,
  filePassword: inFile,
  validationPassword: inValidation,
  unusedPassword: nowhere,
};

const steps = `      steps: |
        - shell: { file: scripts/setup.sh, name: from-file }
        - file: { source: app/settings.conf, destination: /tmp/settings.conf }
        - shell:
            name: listed
            inline: |
              deploy --password $(List.Password)
            environment: { DB_PASSWORD: "$(environmentPassword)" }
      enableValidation: true
      validationScript: |
        check --password $(validationPassword)`;
/** The value stands once across two of the lines in which a file is carried. */
const files = {
  "scripts/setup.sh": `#!/bin/sh\necho configure\nlogin '${inFile.replaceAll("'", "'\\''")}'\n`,
  "app/settings.conf": `${"#".repeat(49)}\npassword=${inFile}\n`,
  "web/index.html": "<h1>hello</h1>\n",
};
const artifact = `      artifactPath: web
      storageAccount: $(storageAccount)`;

/** The world in which the log is read by the key of the service's own account, with secrets that are known. */
function worldOfCanaries(): WorldFile {
  const world = readWorld("log-with-key");
  return {
    ...world,
    applications: world.applications.map((one) =>
      one.name === "pipeline" ? { ...one, secrets: [{ name: "pipeline", value: connectionKey }] } : one,
    ),
  };
}

/** Answers that repeat what they were sent, as services and gateways between do. */
const repeating = (values: readonly string[]): string => `You sent ${values.join(" and ")}; that was refused.`;

describe("no secret shows anywhere", function () {
  this.timeout(240_000);
  let stage: CanaryStage;
  let emulator: Emulator;
  const canaries: Canary[] = [];
  const places: Place[] = [];
  const ends = new Map<string, CanaryEnd>();

  const seen = (kind: SeenSecret["kind"]): string => {
    const found = emulator.secretsSeen().find((one) => one.kind === kind);
    assert.ok(found !== undefined, `no ${kind} went over the wire`);
    return found.value;
  };
  const run = async (given: CanaryRun): Promise<void> => {
    const end = await stage.run(given);
    ends.set(given.name, end);
    places.push(...end.places);
  };
  const end = (name: string): CanaryEnd => {
    const found = ends.get(name);
    assert.ok(found !== undefined, `the run "${name}" was not made`);
    return found;
  };

  before(async () => {
    const proxyLogin = { user: "agent", password: proxyUserPassword };
    stage = await openCanaryStage({ world: worldOfCanaries(), proxyLogin });
    emulator = stage.emulator;
    const stranger = await makeCertificate();
    const ownCertificate = emulator.description.connections["images-certificate"]?.parameters["servicePrincipalCertificate"] ?? ""; // prettier-ignore
    const keyOf = (pem: string): string =>
      /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+PRIVATE KEY-----/.exec(pem)?.[0] ?? "";
    canaries.push(
      ...Object.entries(secrets).map(([name, value]) => ({ name: `secret variable ${name}`, value })),
      { name: "key of the connection", value: connectionKey },
      { name: "key that is refused", value: wrongKey },
      { name: "password of the proxy", value: proxyUserPassword },
      { name: "private key of the connection", value: keyOf(ownCertificate) },
      { name: "private key that is refused", value: keyOf(stranger.key) },
    );

    await run({
      name: "ends well",
      connection: "images-prod",
      inputs: `${steps}\n${artifact}\n      artifactAccess: delegationSas`,
      secrets,
      files,
      proxied: true,
    });
    assert.equal(end("ends well").result, "Succeeded", end("ends well").raw.slice(-4_000));
    // What a script prints comes from the build VM: the job's secrets in every form, and those of others by their form.
    const forms = [inScript, connectionKey, emulator.description.job.accessToken].flatMap(formsOf);
    const output = [
      ...forms.map(([, text]) => `it is ${text} here`),
      `curl 'https://st.blob.core.windows.net/c/b?sp=r&sv=2024-11-04&sig=${encodeURIComponent(seen("signature by user delegation"))}'`,
      `Authorization: Bearer ${seen("access token for Resource Manager")}`,
      `AccountKey=${seen("account key")};EndpointSuffix=core.windows.net`,
      `the token ${seen("access token for storage")}`,
    ];
    await run({
      name: "fails in the build VM",
      connection: "images-key",
      inputs: `      inlineScript: |\n        login $(scriptPassword)\n${artifact}\n      artifactAccess: accountKey`,
      secrets,
      files,
      simulatedSteps: [{ name: "inline-script", exitCode: 3, output }],
    });
    const short = "      inlineScript: echo hello";
    await run({
      name: "is refused at sign-in by key",
      connection: "images-key",
      parameters: { serviceprincipalkey: wrongKey },
      inputs: short,
      secrets,
    });
    await run({
      name: "is refused at sign-in by certificate",
      connection: "images-certificate",
      parameters: { servicePrincipalCertificate: stranger.certificate + stranger.key },
      inputs: short,
      secrets,
    });
    const told = [nowhere, emulator.description.job.accessToken, seen("access token for storage")];
    emulator.addFault({
      match: { service: "blob", method: "PUT" },
      times: 20,
      action: { status: 403, body: `<Error><Code>AuthorizationFailure</Code><Message>${repeating(told)}</Message></Error>` },
    }); // prettier-ignore
    await run({
      name: "fails at upload",
      connection: "images-certificate",
      inputs: `${short}\n${artifact}\n      artifactAccess: templateIdentity\n      storageContainer: other`,
      secrets,
      files: { ...files, "web/other.html": "<h1>other</h1>\n" },
    });
    emulator.addFault({
      match: { service: "Microsoft.VirtualMachineImages", method: "PUT" },
      times: 20,
      action: { status: 400, code: "BadRequest", body: { error: { code: "BadRequest", message: repeating([nowhere, inScript]) } } },
    }); // prettier-ignore
    await run({
      name: "is refused by the service, which repeats what it was sent",
      connection: "images-prod",
      inputs: `      inlineScript: |\n        login $(scriptPassword)`,
      secrets,
    });
    for (const [index, { kind, value }] of emulator.secretsSeen().entries())
      if (!canaries.some((one) => one.value === value))
        canaries.push({ name: `${kind} (${index + 1} of the wire)`, value });
  });
  after(() => stage.close());

  const expected: readonly (readonly [run: string, result: string, said: RegExp])[] = [
    ["ends well", "Succeeded", /Image built: /],
    ["fails in the build VM", "Failed", /in inline-script \(Shell\) with exit code 3/],
    ["is refused at sign-in by key", "Failed", /AADSTS7000215/],
    ["is refused at sign-in by certificate", "Failed", /AADSTS700027/],
    ["fails at upload", "Failed", /HTTP 403.*You sent \*\*\* and \*\*\* and …/],
    ["is refused by the service, which repeats what it was sent", "Failed", /You sent \*\*\* and \*\*\*; that was refused/],
  ]; // prettier-ignore
  for (const [name, result, said] of expected) {
    it(`in a run that ${name}`, () => {
      const { result: found, raw, places: texts } = end(name);
      assert.equal(found, result, raw.slice(-4_000));
      assert.ok(said.test(raw), `${String(said)} is not in\n${raw.slice(-4_000)}`);
      const leaks = findLeaks(texts, canaries);
      assert.deepEqual(
        leaks.map(({ canary, place, form, at }) => `${canary}, ${form}, in ${place} at ${at}`),
        [],
      );
    });
  }

  it("though every kind of secret there is was used", () => {
    const kinds: Readonly<Record<SeenSecret["kind"], true>> = {
      "client secret": true,
      "assertion made with the certificate": true,
      "assertion of Azure DevOps": true,
      "access token for Resource Manager": true,
      "access token for storage": true,
      "token of the job": true,
      "account key": true,
      "user delegation key": true,
      "signature by user delegation": true,
      "signature by account key": true,
      "signature of a request by account key": true,
      "signature of an operation address": true,
    };
    const found = new Set(emulator.secretsSeen().map(({ kind }) => kind));
    assert.deepEqual([...found].sort(), Object.keys(kinds).sort());
    assert.ok(canaries.every(({ value }) => value.length >= 16));
    assert.equal(new Set(canaries.map(({ value }) => value)).size, canaries.length);
  });

  it("though debug lines, template, log, summary and preflight are among what was searched", () => {
    const [raw, names] = [end("ends well").raw, places.map(({ name }) => name)];
    assert.match(raw, /^##vso\[task\.debug\]inlineScript=/m);
    assert.match(raw, /^ +"deploy --password \*\*\*",?$/m);
    for (const file of [/image-build\.log$/, /Image .*\.md$/, /preflight\.json$/, /_temp\//])
      assert.ok(names.some((name) => file.test(name)), `${String(file)} is not among\n${names.join("\n")}`); // prettier-ignore
    const bytes = places.reduce((sum, { text }) => sum + text.length, 0);
    console.log(`      ${canaries.length} canaries, ${places.length} places, ${bytes} characters:`);
    const kinds = canaries.map(({ name }) => name.replace(/ \(\d+ of the wire\)$/, ""));
    for (const kind of new Set(kinds))
      console.log(`      ${String(kinds.filter((one) => one === kind).length).padStart(4)}  ${kind}`);
  });

  it("and a leak would be found, in each form and wherever it is broken", () => {
    const [before, after] = [end("ends well").raw.slice(0, 2_000), end("ends well").raw.slice(-2_000)];
    const missed = canaries.flatMap((canary) => {
      const copies = planted(canary.value).map(([name, leak]) => ({ name, text: `${before} ${leak} ${after}` }));
      const told = new Set(findLeaks(copies, [canary]).map(({ place }) => place));
      return copies.filter(({ name }) => !told.has(name)).map(({ name }) => `${canary.name}, ${name}`);
    });
    assert.deepEqual(missed, []);
  });

  const warned: readonly (readonly [variable: string, steps: RegExp, input: string])[] = [
    ["List.Password", /is in the step `listed`\./, "steps"],
    ["environmentPassword", /is in the step `listed`\./, "steps"],
    ["filePassword", /is in the step `from-file` and the step `.*`\./, "steps"],
    ["validationPassword", /is in the validator `validation-script`\./, "validationScript"],
  ];
  for (const [variable, where, input] of warned) {
    it(`but for the template in Azure, which is warned about: ${variable}`, () => {
      const warning = end("ends well").issues.find(({ message }) => message.includes(`secret variable ${variable} `));
      assert.equal(warning?.type, "warning");
      assert.equal(warning.code, "AIB218");
      assert.match(warning.message, where);
      assert.match(warning.message, new RegExp(`^${input}: .*docs/secrets\\.md`));
    });
  }

  it("and no warning comes for a variable that is in no step", () => {
    const told = [...ends.values()].flatMap(({ issues }) => issues.filter(({ code }) => code === "AIB218"));
    assert.equal(told.filter(({ message }) => message.includes("unusedPassword")).length, 0);
    assert.ok(told.length > 0);
  });
});

/** The secret as it might be left somewhere: each form in one line, and broken after its first third. */
function planted(value: string): readonly (readonly [form: string, text: string])[] {
  return formsOf(value).flatMap(([form, text]) => {
    const third = Math.ceil(text.length / 3);
    const broken = ["\n", "\r\n", "\\n", "%0A", '",\n      "', "\n##[debug]", "\n##vso[task.debug]"].map(
      (end) =>
        [`${form}, broken by ${JSON.stringify(end)}`, `${text.slice(0, third)}${end}${text.slice(third)}`] as const,
    );
    return [[form, text] as const, ...broken];
  });
}
