/** What the service says of models: service/model_shelf.py, models/cards.py. */

import type { ModelInfo } from "../frames";

export interface ModelDetail extends ModelInfo {
  card: string | null;
}
