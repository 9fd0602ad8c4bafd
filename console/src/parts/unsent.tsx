import { draftsOf, forgetDrafts } from '../state/drafts.ts'
import { JsonView } from './json-view.tsx'
import { Text } from './text.tsx'

/** What this person was writing when the item ended: to be read and copied, for it was not sent. */
export function Unsent({ id }: { readonly id: string }) {
  const all = draftsOf(id)
  if (all.length === 0) return null
  return (
    <section class="bytes" aria-label="What you had written">
      <h3>What you had written, not sent</h3>
      {all.map(({ what, value }) => (
        <div key={what}>
          <p class="muted">{what}</p>
          {typeof value === 'string' ? (
            <blockquote>
              <Text lines>{value}</Text>
            </blockquote>
          ) : (
            <JsonView value={value} />
          )}
        </div>
      ))}
      <div class="buttons">
        <button type="button" onClick={() => forgetDrafts(id)}>
          Put it away
        </button>
      </div>
    </section>
  )
}
