import { newId } from '@holdpoint/shared'

/** As many as one command may open beside its own item: five about a request, and one for each that a resume decides anew. */
const TICKETS = 25

/** Made when they are first looked at: most commands create nothing, and few more than their item. */
export class FreshIds {
  #item: string | undefined
  #tickets: readonly string[] | undefined

  get item(): string {
    this.#item ??= newId()
    return this.#item
  }

  get tickets(): readonly string[] {
    this.#tickets ??= Array.from({ length: TICKETS }, newId)
    return this.#tickets
  }
}
