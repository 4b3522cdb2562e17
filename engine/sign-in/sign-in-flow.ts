// A sign-in at an identity provider that has begun: sealed into a cookie, so that any engine on the same secret can finish it.
import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors as joseErrors, jwtDecrypt } from 'jose';
import * as v from 'valibot';

/** How long somebody may take at the provider's pages. */
export const flowMsMax = 600_000;

const Flow = v.object({ state: v.string(), nonce: v.string(), verifier: v.string(), returnPath: v.string() });
export type Flow = v.InferOutput<typeof Flow>;

export class FlowSeal {
  readonly #key: Uint8Array;

  /** @param secret that all engines of a deployment know */
  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'lucid sign-in flow', 32));
  }

  seal(flow: Flow, nowMs: number): Promise<string> {
    return new EncryptJWT({ ...flow })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(new Date(nowMs + flowMsMax))
      .encrypt(this.#key);
  }

  /** @returns undefined for what wasn't sealed here, or too long ago */
  async open(sealed: string, nowMs: number): Promise<Flow | undefined> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        currentDate: new Date(nowMs),
      });
      const flow = v.safeParse(Flow, payload);
      return flow.success ? flow.output : undefined;
    } catch (error) {
      if (error instanceof joseErrors.JOSEError) return undefined;
      throw error;
    }
  }
}
