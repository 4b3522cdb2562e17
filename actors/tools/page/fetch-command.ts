// Writes the command line that fetches a page inside the sandbox, and reads what it prints: a few lines about it, and its bytes.
import { quoteForBash } from '../../../sandbox/shell/shell-lines.ts';

/** Bytes of a page, once unpacked: the text of a long book. */
export const pageBytesMax = 2 * 1024 * 1024;
/** How long it may take, redirects included. */
export const fetchTimeoutMs = 30_000;
const errorBytesMax = 300;
/** Lines about a page: its status, type and where it leads. */
const headBytesMax = 8_192;

/**
 * Only http and https, and no settings of the user. What is larger than allowed is cut, packed or not. Redirects are for the
 * caller to follow, who knows which hosts may be asked.
 * @param url checked by the caller
 */
export const writeFetchCommand = (url: string): string => `command -v curl >/dev/null || { echo 'no curl'; exit 127; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf -- "$folder"' EXIT
trap '' XFSZ
ulimit -f ${pageBytesMax / 1024}
command curl -q --silent --show-error --proto '=http,https' \\
  --max-time ${fetchTimeoutMs / 1_000} --connect-timeout 10 --compressed --user-agent 'Mozilla/5.0 (compatible; LucidEngine)' \\
  --header 'Accept: text/markdown, text/html;q=0.9, text/plain;q=0.8, */*;q=0.5' --output "$folder/page" \\
  --write-out '%{http_code}\\n%{content_type}\\n%{redirect_url}\\n' --url ${quoteForBash(url)} 2>"$folder/error"
code=$?
printf '%s\\n' "$code"
head -c ${errorBytesMax} "$folder/error" | tr '\\n\\0' '  '
printf '\\0'
[ -e "$folder/page" ] && head -c ${pageBytesMax} "$folder/page"
exit 0`;

/** `redirect`: where it leads, whole; empty for nowhere. `code`: curl's own exit code. */
export type FetchedPage = {
  status: number;
  type: string;
  redirect: string;
  code: number;
  error: string;
  bytes: Buffer;
};

/** Holds as much as a page may have. */
export class FetchOutput {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  addChunk(chunk: Buffer): void {
    const room = headBytesMax + pageBytesMax - this.#bytes;
    if (room > 0) this.#chunks.push(Buffer.from(chunk.subarray(0, room)));
    this.#bytes += Math.min(room, chunk.length);
  }

  /** @returns undefined where the program said nothing of a page */
  read(): FetchedPage | undefined {
    const all = Buffer.concat(this.#chunks);
    const end = all.indexOf(0);
    if (end < 0 || end > headBytesMax) return undefined;
    const [status = '', type = '', redirect = '', code = '', ...error] = all.toString('utf8', 0, end).split('\n');
    const bytes = all.subarray(end + 1);
    return {
      status: Number(status),
      type: type.toLowerCase(),
      redirect,
      code: Number(code),
      error: error.join(' '),
      bytes,
    };
  }
}
