import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** What we use of the Compose Specification. Everything else in a file counts as a slip of the pen. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes?: Readonly<Record<string, null>>
}

export interface ComposeService {
  readonly image?: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: Readonly<Record<string, unknown>> & { readonly test: readonly string[] }
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
}

export const readCompose = async (path: string): Promise<ComposeFile> =>
  parse(await readFile(path, 'utf8'), { merge: true, strict: true, uniqueKeys: true })

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string' && value !== ''
const flag: Check = (value) => typeof value === 'boolean'
const count: Check = (value) => Number.isInteger(value) && Number(value) > 0
const duration: Check = (value) => typeof value === 'string' && /^(\d+(ms|s|m|h))+$/.test(value)
const listOf =
  (each: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(each)
const mapOf =
  (each: Check): Check =>
  (value) =>
    isMap(value) && Object.values(value).every(each)
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isMap(value) &&
    Object.entries(value).every(([key, one]) => Object.hasOwn(fields, key) && fields[key]?.(one))

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const started: Check = (value) =>
  ['service_started', 'service_healthy', 'service_completed_successfully'].includes(String(value))

const FIELDS: Readonly<Record<string, Check>> = {
  image: text,
  build: text,
  command: listOf((value) => typeof value === 'string'),
  user: text,
  init: flag,
  restart: (value) => ['no', 'always', 'on-failure', 'unless-stopped'].includes(String(value)),
  stop_grace_period: duration,
  depends_on: (value) => listOf(text)(value) || mapOf(shape({ condition: started }))(value),
  // Numbers and booleans would be turned into texts by rules that nobody has in mind.
  environment: mapOf(text),
  ports: listOf((value) => typeof value === 'string' && /^\d+(\.\d+){3}:\d+:\d+$/.test(value)),
  volumes: listOf((value) => typeof value === 'string' && /^[\w./-]+:\/[\w./-]+(:ro)?$/.test(value)),
  networks: listOf(text),
  healthcheck: shape({
    test: (value) => listOf(text)(value) && ['CMD', 'CMD-SHELL'].includes((value as string[])[0] ?? ''),
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: count,
  }),
  read_only: flag,
  tmpfs: listOf((value) => typeof value === 'string' && value.startsWith('/')),
  cap_drop: listOf(text),
  security_opt: listOf(text),
}

/** What an engine would refuse, or would take for something else; a sentence each. */
export function composeProblems(file: ComposeFile): readonly string[] {
  const networks = Object.keys(file.networks ?? {})
  const volumes = Object.keys(file.volumes ?? {})
  const strangers = Object.keys(file).filter(
    (key) => !['services', 'networks', 'volumes'].includes(key) && !key.startsWith('x-'),
  )
  return [
    ...strangers.map((key) => `The file has a ${key}.`),
    ...Object.entries(file.services).flatMap(([name, service]) => [
      ...Object.entries(service)
        .filter(([key, value]) => !(Object.hasOwn(FIELDS, key) && FIELDS[key]?.(value)))
        .map(([key, value]) => `${name} can not have ${key}: ${JSON.stringify(value)}.`),
      ...(service.image || service.build ? [] : [`${name} has neither an image nor a build.`]),
      ...missing(name, 'network', service.networks ?? [], networks),
      ...missing(name, 'volume', (service.volumes ?? []).map(sourceOf).filter(isNamed), volumes),
      ...missing(name, 'service', dependenciesOf(service), Object.keys(file.services)),
    ]),
  ]
}

const missing = (name: string, what: string, used: readonly string[], there: readonly string[]) =>
  used
    .filter((one) => !there.includes(one))
    .map((one) => `${name} names a ${what} ${one}, and there is none.`)

export const sourceOf = (volume: string): string => volume.split(':')[0] ?? ''

const isNamed = (source: string): boolean => !/^[./]/.test(source)

const dependenciesOf = ({ depends_on = [] }: ComposeService): readonly string[] =>
  Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)
