"""Ground floor: money, time, texts and errors that every room uses; knows nothing of telephone selling."""
