import { onlookersOf } from '../state/live.ts'

const NAMED = 3

/** Who else has it before them, so that nobody works on it unawares. */
export function Onlookers({ id }: { readonly id: string }) {
  const people = onlookersOf(id)
  if (people.length === 0) return null
  const more = people.length - NAMED
  return (
    <span class="onlookers" title={`${people.join(', ')} looking at this now`}>
      <span class="visually-hidden">also looked at by </span>
      {people.slice(0, NAMED).join(', ')}
      {more > 0 ? ` +${more}` : ''}
    </span>
  )
}
