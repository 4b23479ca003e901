/** The agent adapter in a process of its own, with the environment an agent gives it (agent contract, sections 2 and 3). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const id = "d4c3b2a1-0000-4000-8000-9f8e7d6c5b4a";

describe("the agent adapter", () => {
  let temp = "";
  let lines: readonly string[] = [];
  let seen: Readonly<Record<string, unknown>> = {};

  before(function () {
    this.timeout(60_000);
    temp = mkdtempSync(join(tmpdir(), "aib-agent-"));
    writeFileSync(join(temp, "ca.pem"), "the authority");
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "adapters-agent-probe.ts")],
      { encoding: "utf8", env: environment() },
    );
    assert.equal(status, 0, stderr);
    lines = stdout.split("\n");
    seen = JSON.parse(lines.find((line) => line.startsWith("seen "))?.slice(5) ?? "{}") as typeof seen;
  });
  after(() => rmSync(temp, { recursive: true, force: true }));

  function environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"],
      AGENT_TEMPDIRECTORY: temp,
      BUILD_BUILDID: "7",
      INPUT_AZURESUBSCRIPTION: id.toUpperCase(),
      INPUT_INLINESCRIPT: "  echo hello\n",
      [`ENDPOINT_URL_${id}`]: "https://management.azure.com/",
      [`ENDPOINT_AUTH_SCHEME_${id}`]: "ServicePrincipal",
      [`ENDPOINT_AUTH_PARAMETER_${id}_SERVICEPRINCIPALKEY`]: "the-connections-key",
      [`ENDPOINT_DATA_${id}_SUBSCRIPTIONID`]: "sub-1",
      ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: "the-jobs-token",
      AGENT_PROXYURL: "http://proxy.local:3128",
      AGENT_PROXYUSERNAME: "user",
      SECRET_AGENT_PROXYPASSWORD: "p@ss%40",
      AGENT_PROXYBYPASSLIST: '["internal\\\\.local"]',
      AGENT_CAINFO: join(temp, "ca.pem"),
      SECRET_DEPLOY_PASSWORD: "it's-secret",
      SECRET_SHORT: "short",
      VSTS_SECRET_VARIABLES: '["Deploy.Password","Short"]',
    };
  }

  it("reads inputs without regard to the case of their names, trimmed, and absent ones as empty", () => {
    assert.deepEqual([seen["script"], seen["absent"], seen["variable"]], ["echo hello", "", "7"]);
  });

  it("reads the service connection, its keys without regard to case", () => {
    const { scheme, url, key, subscription, nothing, unknown } = seen;
    assert.deepEqual(
      [scheme, url, key, subscription, nothing, unknown],
      ["ServicePrincipal", "https://management.azure.com/", 19, "sub-1", "undefined", true],
    );
  });

  it("reads the job's own token from the system connection", () => {
    assert.equal(seen["token"], "the-jobs-token".length);
  });

  it("never prints a secret while it reads it, not even for debugging", () => {
    for (const secret of ["the-connections-key", "the-jobs-token", "p@ss%40"]) {
      assert.ok(!lines.some((line) => line.includes(secret)), secret);
    }
  });

  it("hides what the job keeps secret in all it prints, however that is written", () => {
    const [plain, encoded] = ["hidden: ***", "hidden: *** in base64"];
    for (const line of [plain, `##vso[task.debug]${plain}`, `##[group]${plain}`, encoded]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
    }
    assert.ok(lines.some((line) => line.startsWith("##vso[task.logissue") && line.endsWith(plain)));
  });

  it("names the secret variables whose value a text holds, and no others", () => {
    assert.deepEqual(seen["found"], [["Deploy.Password"], ["Deploy.Password"], []]);
  });

  it("reads proxy, bypass list and certificates", () => {
    assert.deepEqual(
      [seen["proxy"], seen["bypassed"], seen["ca"], seen["checkServer"]],
      ["http://user:p%40ss%2540@proxy.local:3128/", true, "the authority", true],
    );
  });

  it("leaves no handler of the library that would keep a failed process running", () => {
    assert.equal(seen["handlers"], 0);
  });

  it("prints remote text without any command in it", () => {
    assert.ok(lines.includes("remote #vso[task.complete result=Succeeded]text"));
    assert.ok(lines.includes("##vso[task.debug]remote #vso[task.complete result=Succeeded]debug"));
    assert.ok(lines.includes("##[group]Title #vso[task.complete result=Succeeded]"));
    assert.ok(lines.includes("##[endgroup]"));
    assert.equal(lines.filter((line) => line.includes("##vso[task.complete")).length, 1);
  });

  it("masks a secret line by line", () => {
    const masked = lines.filter((line) => line.startsWith("##vso[task.setsecret]")).map((line) => line.slice(21));
    assert.deepEqual(masked.map((text) => text.replaceAll("%AZP25", "%")).sort(), ["first line", "second/line"]);
  });

  const commands: readonly (readonly [what: string, line: string])[] = [
    [
      "a warning with its code, of several lines",
      "##vso[task.logissue type=warning;code=AIB201;]careful; 100%AZP25%0Asecond line",
    ],
    ["an error with its code", "##vso[task.logissue type=error;code=AIB101;]bad ]"],
    ["progress in whole percent", "##vso[task.setprogress value=12;]Building"],
    ["a plain variable", "##vso[task.setvariable variable=imageUri;isOutput=false;issecret=false;]/x"],
    ["an output variable", "##vso[task.setvariable variable=imageUri;isOutput=true;issecret=false;]/x"],
    [
      "an attachment, whatever its name holds",
      "##vso[task.addattachment type=My.Type;name=a%3B b%5D.json;]/temp/a; b.json",
    ],
    ["the result, once, without an error of its own", "##vso[task.complete result=Failed;]It failed #vso[task.x]"],
  ];
  for (const [what, line] of commands) {
    it(`tells ${what}`, () => {
      assert.equal(
        lines.filter((one) => one === line).length,
        1,
        lines.filter((one) => one.startsWith(line.slice(0, 20))).join("\n"),
      );
    });
  }

  it("reports no issue but those it was told to", () => {
    assert.equal(lines.filter((line) => /##vso\[task\.(logissue|issue)/.test(line)).length, 3);
  });
});
