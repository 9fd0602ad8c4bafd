import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Looks a secret up by its name, each time anew, so that a changed one counts at once. Never logged or stored. */
export type SecretOf = (name: string) => Promise<string | undefined>

/** From the server's own settings, else from a file of that name in the folder. Names come checked, by policy's schema. */
export function createSecrets({
  given,
  folder,
}: {
  readonly given: Readonly<Record<string, string>>
  readonly folder?: string | undefined
}): SecretOf {
  return async (name) => {
    const secret = Object.hasOwn(given, name) ? given[name] : undefined
    if (secret !== undefined || folder === undefined || !/^[a-z0-9-]+$/.test(name)) return secret
    return readFile(join(folder, name), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    )
  }
}
