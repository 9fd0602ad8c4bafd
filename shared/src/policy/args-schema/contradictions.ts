import type { ArgsSchema } from './keywords.ts'
import type { Misfit } from './validate.ts'

type Keyword = keyof ArgsSchema
type Path = readonly (string | number)[]

const LIMITS: readonly (readonly [Keyword, Keyword, 'may be equal' | 'apart'])[] = [
  ['minLength', 'maxLength', 'may be equal'],
  ['minItems', 'maxItems', 'may be equal'],
  ['minProperties', 'maxProperties', 'may be equal'],
  ['minimum', 'maximum', 'may be equal'],
  ['minimum', 'exclusiveMaximum', 'apart'],
  ['exclusiveMinimum', 'maximum', 'apart'],
  ['exclusiveMinimum', 'exclusiveMaximum', 'apart'],
]

const ASKS_OF: Readonly<Record<string, readonly Keyword[]>> = {
  'a text': ['minLength', 'maxLength', 'pattern'],
  'a number': ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  'a list': ['items', 'minItems', 'maxItems'],
  'an object': ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
}
const OF_TYPE: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a number',
  array: 'a list',
  object: 'an object',
}

/** Where a schema, sound in each of its keywords, lets nothing pass, or asks something of what never comes. */
export function contradictionsIn(
  schema: ArgsSchema | boolean | undefined,
  path: Path = [],
): readonly Misfit[] {
  if (typeof schema !== 'object') return []
  return [
    ...crossedLimits(schema, path),
    ...missingNames(schema, path),
    ...idle(schema, path),
    ...below(schema, path),
  ]
}

/** What is below `not` may well be what nothing fits: it is not looked at. */
function below(schema: ArgsSchema, path: Path): readonly Misfit[] {
  const lists = (['anyOf', 'oneOf', 'allOf'] as const).flatMap((key) =>
    (schema[key] ?? []).flatMap((one, at) => contradictionsIn(one, [...path, key, at])),
  )
  const single = (['items', 'additionalProperties'] as const).flatMap((key) =>
    contradictionsIn(schema[key], [...path, key]),
  )
  const fields = Object.entries(schema.properties ?? {}).flatMap(([key, one]) =>
    contradictionsIn(one, [...path, 'properties', key]),
  )
  return [...fields, ...single, ...lists]
}

const crossedLimits = (schema: ArgsSchema, path: Path): readonly Misfit[] =>
  LIMITS.flatMap(([least, most, kind]) => {
    const [low, high] = [schema[least], schema[most]]
    if (typeof low !== 'number' || typeof high !== 'number') return []
    if (low < high || (low === high && kind === 'may be equal')) return []
    const message = `nothing fits both "${least}": ${low} and "${most}": ${high}; correct one of them`
    return [{ path: [...path, least], message }]
  })

function missingNames(
  { required = [], properties = {}, additionalProperties, maxProperties }: ArgsSchema,
  path: Path,
) {
  const at = [...path, 'required']
  const barred = required.filter(
    (name) => (Object.hasOwn(properties, name) ? properties[name] : additionalProperties) === false,
  )
  const tooMany = maxProperties !== undefined && new Set(required).size > maxProperties
  return [
    ...barred.map((name) => ({
      path: at,
      message: `"${name}" must be there and may not be, so nothing fits; name it under "properties", or leave it out here`,
    })),
    ...(tooMany
      ? [
          {
            path: at,
            message: `it asks for more than the ${maxProperties} that "maxProperties" allows, so nothing fits`,
          },
        ]
      : []),
  ]
}

/** Of another type than the one that may come they ask nothing, which nobody writes down on purpose. */
function idle(schema: ArgsSchema, path: Path): readonly Misfit[] {
  if (schema.type === undefined) return []
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type
  const kinds = new Set(types.map((one) => OF_TYPE[one]))
  return Object.entries(ASKS_OF).flatMap(([kind, keywords]) =>
    kinds.has(kind)
      ? []
      : keywords
          .filter((one) => schema[one] !== undefined)
          .map((one) => ({
            path: [...path, one],
            message: `"${one}" asks nothing where the type is ${types.join(' or ')}: it is about ${kind}; correct the type, or leave it out`,
          })),
  )
}
