import { code, table } from './markdown.mjs'

/** Every field that a policy file may hold, section by section, from its JSON Schema. */
export function policyFields(schema) {
  return Object.entries(schema.properties)
    .map(([name, section]) => {
      const rows = leaves(section, '').filter(([, path]) => path !== '')
      const body = rows.length === 0 ? '' : `\n\n${table(['Field', 'Holds', 'Is'], rows.map(row))}`
      return `### ${code(name)}\n\n${section.description ?? ''}${body}`
    })
    .join('\n\n')
}

const row = ([schema, path]) => [code(path), holds(schema), schema.description ?? '']

/** Levels of the same fields are told once, by the first of them that says the most. */
function leaves(schema, path) {
  const at = (step) => (path === '' ? step : `${path}.${step}`)
  if (schema.items?.properties) return leaves(schema.items, '')
  const named = Object.entries(schema.properties ?? {})
  const alike = named.length > 3 && named.every(([, one]) => one.properties) && named
  if (alike) return leaves(alike.at(-1)[1], '<level>')
  if (named.length > 0) return named.flatMap(([step, one]) => leaves(one, at(step)))
  const values = schema.additionalProperties
  if (values?.properties) return leaves(values, at('<action>'))
  return [[schema, path]]
}

function holds(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum) return schema.enum.map(code).join(', ')
  if (schema.anyOf) return 'a time'
  if (schema.items) return `a list of ${schema.items.enum ? schema.items.enum.map(code).join(', ') : 'texts'}`
  if (schema.type === 'object') return 'an object'
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum, maximum } = schema
    return minimum === undefined ? 'a number' : `${minimum} to ${maximum}`
  }
  return schema.type === 'boolean' ? '`true` or `false`' : 'a text'
}
