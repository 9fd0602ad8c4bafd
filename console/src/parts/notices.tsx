import { overlay } from '../state/keys.ts'
import { outcomeOf } from '../state/live.ts'
import { dismiss, type Notice, notices } from '../state/notices.ts'
import { linkTo } from '../state/route.ts'
import { Text } from './text.tsx'

/** Why a decision failed is of no more use once its item has ended, however it did. */
const stillCounts = ({ tone, about }: Notice): boolean =>
  tone !== 'bad' || about === undefined || outcomeOf(about.id) === undefined

/**
 * What was just done, and what was not, said also to those who do not see it. In the flow of the page, above the decisions
 * and below what is read: it takes its room from what scrolls, so that it covers nothing and moves nothing that is pressed.
 * `inDialog`: what lies behind a modal is neither seen nor heard, so that while one is open it stands there alone.
 */
export function Notices({ inDialog = false }: { readonly inDialog?: boolean }) {
  if ((overlay.value !== undefined) !== inDialog) return null
  return (
    <section class="notices" aria-label="What was just done">
      <div role="log">
        {notices.value.filter(stillCounts).map(({ id, tone, text, again, about }) => (
          <p key={id} class={`notice ${tone}`}>
            <span>
              {about && tone !== 'good' ? (
                <>
                  <a href={linkTo(about.page, about.id)}>
                    <Text>{about.words}</Text>
                  </a>
                  {': '}
                </>
              ) : null}
              <Text>{text}</Text>
            </span>
            {again ? (
              <button
                type="button"
                onClick={() => {
                  dismiss(id)
                  again()
                }}
              >
                Ask again
              </button>
            ) : null}
            <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
              ✕
            </button>
          </p>
        ))}
      </div>
    </section>
  )
}
