import { piecesOf } from '@holdpoint/shared'

interface Props {
  readonly children: string
  /** Line breaks begin a new line, after their mark. */
  readonly lines?: boolean
}

/**
 * What an agent, or anybody, wrote: as text, each character in its stored order, what hides or pretends named. Never
 * markup. A named character is left out of the text itself, for it would still do what it does.
 */
export function Text({ children, lines = false }: Props) {
  // most texts are plain
  if (/^[\u0021-\u007E]*$/.test(children)) return <span class="text">{children}</span>
  return (
    <span class="text">
      {piecesOf(children).map(({ text, mark }, at) => {
        if (!mark) return <span key={at}>{text}</span>
        if (mark.kind === 'twin')
          return (
            <mark key={at} class="twin" title={mark.title} data-text={text}>
              {text}
              <small>{mark.label}</small>
            </mark>
          )
        return (
          <span key={at}>
            <mark class={mark.kind} title={mark.title} data-text={text}>
              {mark.label}
            </mark>
            {lines && mark.kind === 'break' ? <br /> : null}
          </span>
        )
      })}
    </span>
  )
}
