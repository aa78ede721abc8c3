"""sentence-transformers' token encoder over a transformers class that a plugin brings along."""

import importlib
from typing import Any

from sentence_transformers.sentence_transformer.modules import Transformer
from transformers import PretrainedConfig, PreTrainedModel


class OwnClassTransformer(Transformer):
    """Loads one given model class where the parent would let AutoModel choose by ``model_type``.

    The class is named in the saved configuration, so a saved model loads with plain
    sentence-transformers wherever the plugin is installed.

    Args:
        model_name_or_path: hub id or folder.
        model_class: ``module:Class`` of a ``PreTrainedModel``.
        options: as the parent takes them.
    """

    config_keys: list[str] = [  # noqa: RUF012 -- as the parent declares it
        *Transformer.config_keys,
        "model_class",
    ]

    def __init__(self, model_name_or_path: str, *, model_class: str, **options: Any) -> None:
        self.model_class = model_class
        super().__init__(model_name_or_path, **options)

    def _own_class(self) -> type[PreTrainedModel]:
        module, _, name = self.model_class.partition(":")
        model_class: type[PreTrainedModel] = getattr(importlib.import_module(module), name)
        return model_class

    def _load_config(
        self, model_name_or_path: str, backend: str, config_kwargs: dict[str, Any]
    ) -> tuple[PretrainedConfig, bool]:
        config, is_adapter = super()._load_config(model_name_or_path, backend, config_kwargs)
        config_class = self._own_class().config_class or type(config)
        return config_class.from_dict(config.to_dict()), is_adapter

    def _load_model(
        self,
        model_name_or_path: str,
        transformer_task: Any,
        config: PretrainedConfig,
        backend: str,
        is_peft_model: bool,
        **model_kwargs: Any,
    ) -> PreTrainedModel:
        if not is_peft_model:
            return self._own_class().from_pretrained(
                model_name_or_path, config=config, **model_kwargs
            )
        from peft import PeftConfig

        adapter = PeftConfig.from_pretrained(model_name_or_path)
        base = self._own_class().from_pretrained(
            adapter.base_model_name_or_path, config=config, revision=adapter.revision
        )
        base.load_adapter(model_name_or_path)
        return base
