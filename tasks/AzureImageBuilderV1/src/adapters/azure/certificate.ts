/**
 * The certificate of a service connection (agent contract, section 6.1): certificate and private key as one PEM text, which
 * people paste with line ends of any kind, the key first or the whole chain. It stays in memory.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import { Secret } from "../../secret.ts";

interface Block {
  /** What stands after BEGIN, e.g. `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly body: string;
}

/**
 * Certificate and private key in the one form the identity library reads: the certificate of the key first, then the key.
 * Throws a TaskError that says which part is missing or does not fit.
 */
export function readCertificate(pem: Secret): Secret {
  const text = pem.reveal().replaceAll("\\n", "\n");
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)].map(
    ([, label = "", body = ""]): Block => ({ label, body }),
  );
  if (blocks.length === 0) throw unusable(describeForeign(text));
  const certificates = blocks.filter(({ label }) => label.endsWith("CERTIFICATE")).map(readBlock);
  const keyBlock = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  const missing = [
    ...(certificates.length > 0 ? [] : ["it has no certificate (BEGIN CERTIFICATE)"]),
    ...(keyBlock !== undefined ? [] : ["it has no private key (BEGIN PRIVATE KEY)"]),
  ];
  if (keyBlock === undefined || missing.length > 0) throw unusable(missing.join("; "));
  const key = readKey(keyBlock);
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) throw unusable("the private key does not belong to the certificate");
  return new Secret(`${own.toString()}${key.export({ format: "pem", type: "pkcs8" }).toString()}`);
}

function readBlock({ body }: Block): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(body, "base64"));
  } catch {
    throw unusable("its certificate cannot be read: a part of the text is lost");
  }
}

function readKey({ label, body }: Block): KeyObject {
  if (label.startsWith("ENCRYPTED") || body.includes("ENCRYPTED")) {
    throw unusable("its private key is protected by a password, which a connection cannot hold");
  }
  const lines = body.replace(/\s+/g, "").match(/.{1,64}/g) ?? [];
  const key = parseKey(`-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`);
  if (key.asymmetricKeyType === "rsa") return key;
  throw unusable(`its key is of the kind "${key.asymmetricKeyType ?? "unknown"}", and Microsoft Entra takes RSA keys`);
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unusable("its private key cannot be read: a part of the text is lost");
  }
}

/** DER begins with a sequence of some kilobytes: `MII` in base64. */
function describeForeign(text: string): string {
  return /^\s*MII/.test(text)
    ? "it is no PEM text but looks like a PKCS #12 archive (.pfx)"
    : "it is no PEM text: neither a certificate nor a private key is in it";
}

function unusable(why: string): TaskError {
  return new TaskError(failureCodes.certificate, `The certificate of the service connection cannot be used: ${why}.`, {
    next:
      "Put the certificate and its private key, both as PEM and without a password, into the service connection, one after " +
      'the other. Of an archive: "openssl pkcs12 -in certificate.pfx -nodes -out certificate.pem".',
  });
}
