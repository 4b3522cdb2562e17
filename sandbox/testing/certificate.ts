// Makes a certificate for names that lead to this machine, which this process trusts until the test revokes that.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import tls from 'node:tls';

export type Certificate = { key: string; cert: string; distrust(): void };

export function makeTrustedCertificate(...names: [string, ...string[]]): Certificate {
  const folder = mkdtempSync('/tmp/lucid-tls-');
  const subject = [
    '-subj',
    `/CN=${names[0]}`,
    '-addext',
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
  ];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', 'key', '-out', 'cert'];
  execFileSync('openssl', [...made, ...subject], { cwd: folder, stdio: 'ignore' });
  const [key = '', cert = ''] = ['key', 'cert'].map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, cert]);
  return { key, cert, distrust: () => tls.setDefaultCACertificates(trusted) };
}
