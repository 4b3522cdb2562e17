// Reads one gauge of a running engine, as Prometheus would.

/** @returns the sum over all labels */
export async function readGauge(port: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line.split(/[ {]/, 1)[0] === name);
  if (lines.length === 0) throw new Error(`The engine has no metric ${name}.`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
