import { errorFrom, noAnswer } from '../../../api/problem.ts';

/** How long a file may take to come, milliseconds. */
const TIMEOUT_MS = 120_000;

/** Fetches a file of the API as the signed-in person and hands it to the browser. Throws `ApiError`. */
export async function download(address: string, token: string | undefined, fileName: string): Promise<void> {
  const headers = { authorization: `Bearer ${token ?? ''}` };
  const response = await fetch(`/api/v1${address}`, { headers, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {
    throw noAnswer();
  });
  if (!response.ok) throw errorFrom(response.status, await response.text(), response.headers.get('retry-after'));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
