"""kreuzberg, called so that nothing is cached, recognised in images or fetched."""

from typing import Any


def convert(data: bytes, mime: str, **options: Any) -> Any:
    """kreuzberg's result for a document in memory.

    Args:
        data: the document.
        mime: its media type.
        options: further fields of kreuzberg's ``ExtractionConfig``.

    Raises:
        KreuzbergError: it cannot be converted.
    """
    from kreuzberg import ExtractionConfig, PostProcessorConfig, extract_bytes_sync

    # The stubs do not know disable_ocr.
    config = ExtractionConfig(  # type: ignore[call-arg]
        use_cache=False,
        disable_ocr=True,
        enable_quality_processing=False,
        postprocessor=PostProcessorConfig(enabled=False),
        **options,
    )
    return extract_bytes_sync(data, mime, config=config)
