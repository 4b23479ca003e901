import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readCertificate } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/certificate.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";
import { type MadeCertificate, makeCertificate } from "./certificates.ts";

describe("The certificate of a service connection", () => {
  let own: MadeCertificate;
  let other: MadeCertificate;
  let elliptic: MadeCertificate;
  before(async () => {
    [own, other, elliptic] = await Promise.all([makeCertificate(), makeCertificate(), makeCertificate("EC")]);
  });

  const asPkcs1 = (): string => createPrivateKey(own.key).export({ format: "pem", type: "pkcs1" }).toString();
  const encrypted = (type: "pkcs1" | "pkcs8"): string =>
    createPrivateKey(own.key).export({ format: "pem", type, cipher: "aes-128-cbc", passphrase: "word" }).toString();

  const readable: readonly (readonly [what: string, text: () => string])[] = [
    ["certificate and key", () => own.certificate + own.key],
    ["the key first", () => own.key + own.certificate],
    ["line ends of Windows", () => (own.certificate + own.key).replaceAll("\n", "\r\n")],
    ["line ends written as \\n", () => (own.certificate + own.key).replaceAll("\n", "\\n")],
    ["line ends that became spaces", () => (own.certificate + own.key).replaceAll("\n", " ")],
    ["a key of the older form", () => own.certificate + asPkcs1()],
    ["a chain in which the own certificate is not the first", () => other.certificate + own.certificate + own.key],
    ["the attributes that openssl writes between the parts", () => `Bag Attributes\n  localKeyID: 01\n${own.certificate}Key Attributes: <No Attributes>\n${own.key}`], // prettier-ignore
  ];
  for (const [what, text] of readable) {
    it(`is read with ${what}, and handed on in one form`, () => {
      const read = readCertificate(new Secret(text())).reveal();
      assert.equal(read, `${new X509Certificate(own.certificate).toString()}${own.key}`);
    });
  }

  const unusable: readonly (readonly [what: string, text: () => string, why: RegExp])[] = [
    ["it has no private key", () => own.certificate, /it has no private key \(BEGIN PRIVATE KEY\)\.$/],
    ["it has no certificate", () => own.key, /it has no certificate \(BEGIN CERTIFICATE\)\.$/],
    ["it is no PEM", () => "thumbprint 1234", /no PEM text: neither a certificate nor a private key/],
    ["it is an archive", () => "MIIKZgIBAzCCCiIGCSqGSIb3DQEHAaCC", /looks like a PKCS #12 archive/],
    ["the key is another's", () => own.certificate + other.key, /the private key does not belong to the certificate/],
    ["the key has a password", () => own.certificate + encrypted("pkcs8"), /protected by a password/],
    ["the key of the older form has a password", () => own.certificate + encrypted("pkcs1"), /protected by a password/],
    ["the key is elliptic", () => elliptic.certificate + elliptic.key, /of the kind "ec", and Microsoft Entra takes RSA/],
    ["a part of the key is lost", () => own.certificate + own.key.replace(/\n.{64}\n.{64}\n/, "\n"), /private key cannot be read/],
    ["a part of the certificate is lost", () => own.certificate.replace(/\n.{64}\n/, "\n") + own.key, /certificate cannot be read/],
  ]; // prettier-ignore
  for (const [what, text, why] of unusable) {
    it(`is refused, with what to put in its place, where ${what}`, () => {
      assert.throws(
        () => readCertificate(new Secret(text())),
        (error) => {
          assert.ok(error instanceof TaskError);
          assert.equal(error.code, "AIB306");
          assert.match(error.message, why);
          assert.match(error.next ?? "", /both as PEM and without a password/);
          assert.ok(!/[A-Za-z0-9+/]{60}/.test(error.message), "nothing of the secret is in it");
          return true;
        },
      );
    });
  }
});
