import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The arguments of this process. Where `--help` is among them, or one that can't be followed, it ends with how to use it. */
export function programArgs<const T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    const read = parseArgs(config)
    if (!('help' in read.values && read.values.help)) return read
    console.log(usage)
    process.exit(0)
  } catch (error) {
    return endWith(usage, (error as Error).message)
  }
}

/** Ends this process as for arguments that can't be followed. */
export function endWith(usage: string, message: string): never {
  console.error(`✗ ${message}\n\n${usage}`)
  process.exit(2)
}
