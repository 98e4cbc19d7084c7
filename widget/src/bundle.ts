/** Gets what the launcher loads. */

/** Return where the bundle is. A browser keeps a module that could not be loaded: a further try needs an address of its own. */
export function addressOf(base: string, name: string, failures: number): string {
  const address = new URL(`widget/${name}`, base);
  if (failures) address.searchParams.set("again", String(failures));
  return address.href;
}

export function bundle(address: string): Promise<typeof import("./main")> {
  return import(/* @vite-ignore */ address);
}
