/** Started by adapters-agent.test.ts as a build agent starts a task: uses the agent adapter, prints what it sees. */
import { createAgent } from "../../tasks/AzureImageBuilderV1/src/adapters/agent/index.ts";
import { Secret } from "../../tasks/AzureImageBuilderV1/src/secret.ts";

const agent = createAgent();
const connection = agent.endpoint(agent.input("azureSubscription"));
const network = agent.network();
// Not by the agent, which would hide the proxy's password.
process.stdout.write(
  `seen ${JSON.stringify({
    script: agent.input("INLINESCRIPT"),
    absent: agent.input("templateName"),
    variable: agent.variable("build.buildId"),
    scheme: connection?.scheme,
    url: connection?.url,
    key: connection?.parameter("ServicePrincipalKey")?.length,
    subscription: connection?.data("SubscriptionId"),
    nothing: connection?.data("nothing") ?? "undefined",
    unknown: agent.endpoint("00000000-0000-4000-8000-000000000000") === undefined,
    token: agent.systemToken()?.reveal().length,
    proxy: network.proxyFor("https://management.azure.com/")?.href,
    bypassed: network.proxyFor("https://internal.local/") === undefined,
    ca: network.tls.ca,
    checkServer: network.tls.checkServer,
    found: ["export P='it'\\''s-secret'", "it''s-secret", "its-secret short"].map((text) =>
      agent.secretVariablesIn(text),
    ),
    handlers: process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection"),
  })}\n`,
);
const hidden = "hidden: it's-secret";
agent.info(hidden);
agent.debug(hidden);
agent.group(hidden);
agent.endGroup();
agent.warning(hidden);
agent.info(`hidden: ${Buffer.from("it's-secret").toString("base64")} in base64`);
agent.info("remote ##vso[task.complete result=Succeeded]text");
agent.debug("remote ##vso[task.complete result=Succeeded]debug");
agent.group("Title\n##vso[task.complete result=Succeeded]");
agent.endGroup();
agent.setSecret(new Secret("first line\nsecond/line"));
agent.warning("careful; 100%\nsecond line", "AIB201");
agent.error("bad ]", "AIB101");
agent.progress(12.4, "Building");
agent.setVariable("imageUri", "/x", "plain");
agent.setVariable("imageUri", "/x", "output");
agent.attach("My.Type", "a; b].json", "/temp/a; b.json");
agent.complete("Failed", "It failed ##vso[task.x]");
