import { built } from './built.mjs'
import { code, list, table } from './markdown.mjs'
import { sourcesBelow } from './sources.mjs'

export async function errorsPage() {
  const { errorCodes, httpStatus, refusal } = await built('shared/dist/index.js')
  const sources = sourcesBelow('server/src').join('\n')
  const reserved = errorCodes.filter((one) => !sources.includes(`'${one}'`))
  return `# Errors

Every refusal has the same form: \`{ code, message, retryable, details? }\`. \`message\` is a sentence for a person;
it may be more exact than the one below. \`details\` holds what stands, where there is something: \`standing\` is the
view of the item as it is, \`path\` names the field that was wrong, \`retryAfterMs\` says when to come back.

"Again" says whether the same request can succeed later without anybody changing it. Over HTTP a refusal is an
RFC 9457 problem with the status below.

${table(
  ['Code', 'Status', 'Again', 'Means'],
  errorCodes.map((one) => {
    const { message, retryable } = refusal(one)
    return [code(one), httpStatus(one), retryable ? 'yes' : 'no', message]
  }),
)}

A request that was \`unknown\` may have been done. Ask again with the same \`key\`: the first answer comes back, and
nothing is done twice. A refusal that wrote nothing is not remembered; the next try is decided anew.

Reserved, and never answered with by this version's server: ${list(reserved)}.
`
}
